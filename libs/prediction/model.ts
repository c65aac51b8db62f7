import { z } from 'zod';
import { crc32 } from './checksum.js';
import { PredictionError } from './errors.js';
import { Forest } from './forest.js';
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

export const modelData = z.strictObject({
  format: z.literal('amberwatch-model'),
  version: z.literal(1),
  checksum: z.string().describe('CRC-32 of every number in the order of the schema, as 64-bit little-endian floats'),
  features: z.array(z.strictObject({ name: z.string(), reason: z.enum(REASONS) })).length(FEATURES),
  probability: forestData,
  earliest: forestData.describe('Steps to the breach, lower end of the interval'),
  median: forestData,
  latest: forestData,
  ramp: forestData.describe('Log-odds of the fine branch'),
  rampThreshold: z.number().gt(0).lt(1),
  gate: gateData,
  calibration: knots,
  card: z.record(z.string(), z.unknown()),
});
export type ModelData = z.infer<typeof modelData>;

export interface RampModel {
  readonly probability: Forest;
  readonly threshold: number;
}

export interface Model {
  readonly probability: Forest;
  readonly earliest: Forest;
  readonly median: Forest;
  readonly latest: Forest;
  readonly ramp: RampModel;
  readonly gate: GateData;
  readonly calibration: readonly (readonly [number, number])[];
  readonly reasons: readonly (typeof REASONS)[number][];
  readonly checksum: string;
}

const FORESTS = ['probability', 'earliest', 'median', 'latest', 'ramp'] as const;

export function modelChecksum(data: ModelData): string {
  let crc = 0;
  const add = (values: readonly number[]) => {
    const bytes = new Uint8Array(values.length * 8);
    const view = new DataView(bytes.buffer);
    values.forEach((value, i) => view.setFloat64(i * 8, value, true));
    crc = crc32(bytes, crc);
  };
  for (const name of FORESTS) {
    const { roots, feature, threshold, left, right, value, leaf } = data[name];
    for (const part of [roots, feature, threshold, left, right, value, leaf]) add(part);
  }
  const { threshold, raise, decay, ease, max } = data.gate;
  add([data.rampThreshold, threshold, raise, decay, ease, max]);
  add(data.calibration.flat());
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
  const { probability, earliest, median, latest, ramp, rampThreshold, gate, calibration, features } = parsed.data;
  return {
    probability: new Forest(probability),
    earliest: new Forest(earliest),
    median: new Forest(median),
    latest: new Forest(latest),
    ramp: { probability: new Forest(ramp), threshold: rampThreshold },
    gate,
    calibration,
    reasons: features.map(({ reason }) => reason),
    checksum: found,
  };
}
