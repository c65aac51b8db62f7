import { z } from 'zod';
import { crc32 } from './checksum.js';
import { PredictionError } from './errors.js';
import { Forest } from './forest.js';
import { FINE_FEATURES } from './fine-features.js';
import { FEATURES } from './step-features.js';
import { REASONS } from './reasons.js';

const numbers = z.array(z.number());

/** Trees in flat arrays: a child of zero or more is a node, one below zero is the leaf `-1 - child`. */
const forestData = z.strictObject({
  roots: numbers.describe('First node of each tree; below zero: a tree of that one leaf'),
  feature: numbers,
  threshold: numbers.describe('Left where the feature is at or below it'),
  left: numbers,
  right: numbers,
  value: numbers.describe('What the node would say if it were a leaf, for the reason'),
  leaf: numbers,
});
export type ForestData = z.infer<typeof forestData>;

const gateData = z.strictObject({
  threshold: z.number().gt(0).lt(1).describe('Probability from which a claim is opened'),
  raise: z.number().min(0).describe('What a false claim adds to the bar, as a share of the threshold'),
  decay: z.number().gt(0).max(1).describe('What is left of the bar after a step'),
  ease: z.number().min(0).max(1).describe('What is left of the bar after a hit'),
  max: z.number().min(0),
});
export type GateData = z.infer<typeof gateData>;

/** Claimed and true probability, ascending; between two of them in proportion. */
const knots = z.array(z.tuple([z.number(), z.number()])).min(1);

const branchOf = (features: number) => ({
  features: z.array(z.strictObject({ name: z.string(), reason: z.enum(REASONS) })).length(features),
  probability: forestData.describe('Log-odds of a breach within the horizon'),
  earliest: forestData.describe('Time of the breach, lower end of the interval'),
  median: forestData,
  latest: forestData,
});

const scaleData = z.strictObject({
  upToMs: z.number().gt(0).describe('Longest step that it is for'),
  gate: gateData,
  calibration: knots,
});
export type FineScale = z.infer<typeof scaleData>;

export const modelData = z.strictObject({
  format: z.literal('amberwatch-model'),
  version: z.literal(2),
  checksum: z.string().describe('CRC-32 of every number in the order of the schema, as 64-bit little-endian floats'),
  coarse: z
    .strictObject({ ...branchOf(FEATURES), gate: gateData, calibration: knots })
    .describe('Five-minute steps; times in steps'),
  fine: z
    .strictObject({ ...branchOf(FINE_FEATURES), scales: z.array(scaleData).min(1) })
    .describe('Samples as they come; times as shares of the horizon'),
  card: z.record(z.string(), z.unknown()),
});
export type ModelData = z.infer<typeof modelData>;

interface Trees {
  readonly probability: Forest;
  readonly earliest: Forest;
  readonly median: Forest;
  readonly latest: Forest;
  /** The reason that each feature stands for. */
  readonly reasons: readonly (typeof REASONS)[number][];
}

export interface CoarseModel extends Trees {
  readonly gate: GateData;
  readonly calibration: readonly (readonly [number, number])[];
}

export interface FineModel extends Trees {
  /** By length of step, ascending. */
  readonly scales: readonly FineScale[];
}

export interface Model {
  readonly coarse: CoarseModel;
  readonly fine: FineModel;
  readonly checksum: string;
}

export function modelChecksum({ coarse, fine }: ModelData): string {
  let crc = 0;
  const add = (values: readonly number[]) => {
    const bytes = new Uint8Array(values.length * 8);
    const view = new DataView(bytes.buffer);
    values.forEach((value, i) => view.setFloat64(i * 8, value, true));
    crc = crc32(bytes, crc);
  };
  for (const { probability, earliest, median, latest } of [coarse, fine]) {
    for (const forest of [probability, earliest, median, latest]) {
      const { roots, feature, threshold, left, right, value, leaf } = forest;
      for (const part of [roots, feature, threshold, left, right, value, leaf]) add(part);
    }
  }
  for (const { gate, calibration } of [coarse, ...fine.scales]) {
    const { threshold, raise, decay, ease, max } = gate;
    add([threshold, raise, decay, ease, max]);
    add(calibration.flat());
  }
  add(fine.scales.map(({ upToMs }) => upToMs));
  return crc.toString(16).padStart(8, '0');
}

/**
 * Checks a model and makes it ready to run.
 * @throws PredictionError MODEL_INVALID where its shape is wrong, MODEL_CHECKSUM where a number was changed.
 */
export function loadModel(data: unknown): Model {
  const parsed = modelData.safeParse(data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new PredictionError('MODEL_INVALID', `The model is not one: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const found = modelChecksum(parsed.data);
  if (found !== parsed.data.checksum) {
    throw new PredictionError(
      'MODEL_CHECKSUM',
      `The model says checksum ${parsed.data.checksum}, its numbers give ${found}`,
    );
  }
  const { coarse, fine } = parsed.data;
  return {
    coarse: { ...trees(coarse), gate: coarse.gate, calibration: coarse.calibration },
    fine: { ...trees(fine), scales: fine.scales },
    checksum: found,
  };
}

function trees({ probability, earliest, median, latest, features }: ModelData['coarse' | 'fine']): Trees {
  return {
    probability: new Forest(probability),
    earliest: new Forest(earliest),
    median: new Forest(median),
    latest: new Forest(latest),
    reasons: features.map(({ reason }) => reason),
  };
}
