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

/** A model for tests that claims a breach while the value is above 60, and never by the ramp. */
export function testModel(change: Partial<ModelData> = {}): ModelData {
  const data: ModelData = {
    format: 'amberwatch-model',
    version: 1,
    checksum: '',
    features: Array.from({ length: FEATURES }, (_, i) => ({ name: `f${i}`, reason: 'level' as const })),
    probability: stump(0, 60, -4, 1),
    earliest: leafOnly(5),
    median: leafOnly(12),
    latest: leafOnly(25),
    ramp: leafOnly(-9),
    rampThreshold: 0.6,
    gate: { threshold: 0.3, raise: 1, decay: 0.99, ease: 0.5, max: 9 },
    calibration: [
      [0, 0],
      [1, 1],
    ],
    card: {},
    ...change,
  };
  return { ...data, checksum: modelChecksum(data) };
}
