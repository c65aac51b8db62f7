import { FINE_FEATURES } from './fine-features.js';
import { modelChecksum, type ForestData, type ModelData } from './model.js';
import { FEATURES } from './step-features.js';

const leafOnly = (value: number): ForestData => ({
  roots: [-1],
  feature: [],
  threshold: [],
  left: [],
  right: [],
  value: [],
  leaf: [value],
});

/** One tree on one feature: `low` at or below the threshold, `high` above. */
export const stump = (feature: number, threshold: number, low: number, high: number): ForestData => ({
  roots: [0],
  feature: [feature],
  threshold: [threshold],
  left: [-1],
  right: [-2],
  value: [(low + high) / 2],
  leaf: [low, high],
});

const named = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `f${i}`, reason: 'level' as const }));

const gate = { threshold: 0.3, raise: 1, decay: 0.99, ease: 0.5, max: 9 };
const calibration: [number, number][] = [
  [0, 0],
  [1, 1],
];

/** A model for tests that claims a breach while the value of a five-minute step is above 60, and never by finer ones. */
export function testModel(
  coarse: Partial<ModelData['coarse']> = {},
  fine: Partial<ModelData['fine']> = {},
  card: ModelData['card'] = {},
): ModelData {
  const data: ModelData = {
    format: 'amberwatch-model',
    version: 2,
    checksum: '',
    coarse: {
      features: named(FEATURES),
      probability: stump(0, 60, -4, 1),
      earliest: leafOnly(5),
      median: leafOnly(12),
      latest: leafOnly(25),
      gate,
      calibration,
      ...coarse,
    },
    fine: {
      features: named(FINE_FEATURES),
      probability: leafOnly(-9),
      earliest: leafOnly(0.2),
      median: leafOnly(0.4),
      latest: leafOnly(0.8),
      scales: [{ upToMs: 150_000, gate, calibration }],
      ...fine,
    },
    card,
  };
  return { ...data, checksum: modelChecksum(data) };
}
