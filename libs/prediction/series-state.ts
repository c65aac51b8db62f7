/**
 * Where a series keeps what it remembers: one fixed stretch of bytes, so that 300,000 series are a few large buffers and
 * not millions of objects, and a snapshot is a copy.
 */

/** Samples of the coarse branch, five minutes each. */
export const STEP_MS = 300_000;
export const STEPS_A_DAY = 288;
export const DAYS = 7;
export const RING = 60;
export const BLOCKS = 48 * DAYS;
export const BITS = 144 * DAYS;
export const LEVEL_BINS = 18;
export const HALF_HOURS = 48;
/** Half hours in half a day. */
export const HALF_DAY_BLOCKS = 24;
export const HISTOGRAM = 32;

/** 64-bit cells: times in milliseconds, and the sums of the regression. */
export const Cell64 = {
  lastMs: 0,
  /** Number of the newest closed step since the epoch. */
  step: 1,
  /** Time at which the ramp's segment starts. */
  originMs: 2,
  meanT: 3,
  meanV: 4,
  varT: 5,
  cov: 6,
  varV: 7,
} as const;
const DOUBLES = 8;

/** 32-bit cells. */
export const Cell32 = {
  steps: 0,
  inRing: 1,
  below: 2,
  sinceRed: 3,
  sinceEvent: 4,
  gap1: 5,
  gap2: 6,
  events: 7,
  meanDay: 8,
  varDay: 9,
  meanWeek: 10,
  varWeek: 11,
  day80: 12,
  day70: 13,
  day60: 14,
  long80: 15,
  long70: 16,
  long60: 17,
  tried: 18,
  hit: 19,
  jump: 20,
  roughness: 21,
  eventRate: 22,
  /** Steps since the open claim began, -1 without one. */
  claimAge: 23,
  claimProbability: 24,
  bar: 25,
  hits: 26,
  falses: 27,
  probability: 28,
  bucketSum: 29,
  bucketCount: 30,
  intervalMs: 31,
  rampCount: 32,
  rampSeen: 33,
  noise: 34,
  noiseCount: 35,
  priorSlope: 36,
  rampQuiet: 37,
  rampPeak: 38,
  rampAge: 39,
  /** Steps since a claim was withheld, -1 without one. */
  withheldAge: 40,
  /** Largest margin of the claim that is open or withheld. */
  claimMargin: 41,
} as const;
const FLOATS = 42;

const FLOAT_AT = DOUBLES * 8;
const RING_AT = FLOAT_AT + FLOATS * 4;
const RAMP_RING_AT = RING_AT + RING * 2;
const BLOCK_AT = RAMP_RING_AT + RING * 2;
const BIT_AT = BLOCK_AT + BLOCKS / 2;
const LEVEL_AT = BIT_AT + BITS / 8;
const HALF_HOUR_AT = LEVEL_AT + LEVEL_BINS * 2;
const HISTOGRAM_AT = HALF_HOUR_AT + HALF_HOURS * 2;

/** Bytes of state a series takes; a multiple of eight. */
export const STATE_BYTES = Math.ceil((HISTOGRAM_AT + HISTOGRAM) / 8) * 8;
/** Changes whenever the meaning of a byte does; a snapshot of another version is refused. */
export const STATE_VERSION = 2;

/** Views on one buffer that holds the states of many series. */
export class Slab {
  readonly f64: Float64Array;
  readonly f32: Float32Array;
  readonly u16: Uint16Array;
  readonly u8: Uint8Array;

  constructor(readonly slots: number) {
    const buffer = new ArrayBuffer(slots * STATE_BYTES);
    this.f64 = new Float64Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.u8 = new Uint8Array(buffer);
  }

  /** The bytes of one slot, shared with the slab. */
  bytes(slot: number): Uint8Array {
    return this.u8.subarray(slot * STATE_BYTES, (slot + 1) * STATE_BYTES);
  }
}

/** Offsets of one slot in the views of its slab, in elements of the view. */
export function offsets(slot: number) {
  const at = slot * STATE_BYTES;
  return {
    d: at / 8,
    f: (at + FLOAT_AT) / 4,
    ring: (at + RING_AT) / 2,
    rampRing: (at + RAMP_RING_AT) / 2,
    block: at + BLOCK_AT,
    bit: at + BIT_AT,
    level: at + LEVEL_AT,
    halfHour: at + HALF_HOUR_AT,
    histogram: at + HISTOGRAM_AT,
  };
}
export type Offsets = ReturnType<typeof offsets>;

/** Gives a slot the state of a series that has never had a sample. */
export function clear(slab: Slab, slot: number): void {
  slab.bytes(slot).fill(0);
  const { d, f } = offsets(slot);
  slab.f64[d + Cell64.lastMs] = -1;
  slab.f64[d + Cell64.step] = -1;
  for (const cell of [Cell32.sinceRed, Cell32.sinceEvent]) slab.f32[f + cell] = 9999;
  for (const cell of [Cell32.gap1, Cell32.gap2, Cell32.claimAge, Cell32.withheldAge]) slab.f32[f + cell] = -1;
  slab.f32[f + Cell32.noise] = 2;
}

export function mod(a: number, b: number): number {
  const rest = a % b;
  return rest < 0 ? rest + b : rest;
}
