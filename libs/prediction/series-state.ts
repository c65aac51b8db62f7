/**
 * Where a series keeps what it remembers: one fixed stretch of bytes, so that 300,000 series are a few large buffers and
 * not millions of objects, and a snapshot is a copy.
 */

/** Steps of the coarse branch, five minutes each. */
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

/** Newest samples of the fine branch are kept one by one; before them, highest and lowest of stretches of samples. */
export const STRETCHES = 32;
export const STRETCH = 30;

/** 64-bit cells: times in milliseconds, and the sums of the regression. */
export const Cell64 = {
  lastMs: 0,
  /** Number of the newest closed step since the epoch. */
  step: 1,
  /** Time at which the segment of the fine branch starts. */
  originMs: 2,
  meanT: 3,
  meanV: 4,
  varT: 5,
  cov: 6,
  varV: 7,
} as const;
const DOUBLES = 8;

/** 32-bit cells of the coarse branch. */
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
  bucketSum: 23,
  bucketCount: 24,
  /** Time between samples, milliseconds. */
  intervalMs: 25,
} as const;
const FLOATS = 26;

/** 32-bit cells of what a branch claims. */
export const ClaimCell = {
  /** Steps since the open claim began, -1 without one. */
  age: 0,
  /** Steps since a claim was withheld, -1 without one. */
  withheldAge: 1,
  /** The newest probability. */
  probability: 2,
  /** What the claim that is open or withheld was opened with. */
  opened: 3,
  /** Its largest margin. */
  margin: 4,
  bar: 5,
  hits: 6,
  falses: 7,
} as const;
const CLAIM_FLOATS = 8;

/** 32-bit cells of the fine branch; counts and means are of its own steps. */
export const FineCell = {
  seen: 0,
  below: 1,
  sinceRed: 2,
  sinceEvent: 3,
  gap1: 4,
  gap2: 5,
  events: 6,
  meanShort: 7,
  varShort: 8,
  meanLong: 9,
  varLong: 10,
  short80: 11,
  short70: 12,
  short60: 13,
  long80: 14,
  long70: 15,
  tried: 16,
  hit: 17,
  jump: 18,
  roughness: 19,
  noise: 20,
  noiseCount: 21,
  priorSlope: 22,
  peak: 23,
  lineCount: 24,
  lineAge: 25,
  bucketSum: 26,
  bucketCount: 27,
} as const;
const FINE_FLOATS = 28;

const FLOAT_AT = DOUBLES * 8;
const COARSE_CLAIM_AT = FLOAT_AT + FLOATS * 4;
const FINE_AT = COARSE_CLAIM_AT + CLAIM_FLOATS * 4;
const FINE_CLAIM_AT = FINE_AT + FINE_FLOATS * 4;
const RING_AT = FINE_CLAIM_AT + CLAIM_FLOATS * 4;
const FINE_RING_AT = RING_AT + RING * 2;
const BLOCK_AT = FINE_RING_AT + RING * 2;
const BIT_AT = BLOCK_AT + BLOCKS / 2;
const LEVEL_AT = BIT_AT + BITS / 8;
const HALF_HOUR_AT = LEVEL_AT + LEVEL_BINS * 2;
const HISTOGRAM_AT = HALF_HOUR_AT + HALF_HOURS * 2;
const TOPS_AT = HISTOGRAM_AT + HISTOGRAM;
const LOWS_AT = TOPS_AT + STRETCHES;
const FINE_LEVEL_AT = LOWS_AT + STRETCHES;
const FINE_HISTOGRAM_AT = FINE_LEVEL_AT + LEVEL_BINS * 2;

/** Bytes of state a series takes; a multiple of eight. */
export const STATE_BYTES = Math.ceil((FINE_HISTOGRAM_AT + HISTOGRAM) / 8) * 8;
/** Changes whenever the meaning of a byte does; a snapshot of another version is refused. */
export const STATE_VERSION = 3;

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
    coarseClaim: (at + COARSE_CLAIM_AT) / 4,
    fine: (at + FINE_AT) / 4,
    fineClaim: (at + FINE_CLAIM_AT) / 4,
    ring: (at + RING_AT) / 2,
    fineRing: (at + FINE_RING_AT) / 2,
    block: at + BLOCK_AT,
    bit: at + BIT_AT,
    level: at + LEVEL_AT,
    halfHour: at + HALF_HOUR_AT,
    histogram: at + HISTOGRAM_AT,
    tops: at + TOPS_AT,
    lows: at + LOWS_AT,
    fineLevel: at + FINE_LEVEL_AT,
    fineHistogram: at + FINE_HISTOGRAM_AT,
  };
}
export type Offsets = ReturnType<typeof offsets>;

/** Counts of this and more mean that it was never, or too long ago to matter. */
export const NEVER = 9999;

/** Gives a slot the state of a series that has never had a sample. */
export function clear(slab: Slab, slot: number): void {
  slab.bytes(slot).fill(0);
  const o = offsets(slot);
  slab.f64[o.d + Cell64.lastMs] = -1;
  slab.f64[o.d + Cell64.step] = -1;
  for (const cell of [Cell32.sinceRed, Cell32.sinceEvent]) slab.f32[o.f + cell] = NEVER;
  for (const cell of [Cell32.gap1, Cell32.gap2]) slab.f32[o.f + cell] = -1;
  clearClaim(slab, o.coarseClaim);
  clearFine(slab, o);
}

/** The fine branch has never had a sample. */
export function clearFine(slab: Slab, o: Offsets): void {
  slab.f32.fill(0, o.fine, o.fine + FINE_FLOATS);
  for (const cell of [FineCell.sinceRed, FineCell.sinceEvent]) slab.f32[o.fine + cell] = NEVER;
  for (const cell of [FineCell.gap1, FineCell.gap2]) slab.f32[o.fine + cell] = -1;
  slab.f32[o.fine + FineCell.noise] = 2;
  slab.f64.fill(0, o.d + Cell64.originMs, o.d + DOUBLES);
  slab.u8.fill(0, o.tops, o.fineHistogram + HISTOGRAM);
  clearClaim(slab, o.fineClaim);
}

/** Ends an open claim without a verdict. */
export function clearClaim(slab: Slab, claim: number): void {
  for (const cell of [ClaimCell.age, ClaimCell.withheldAge]) slab.f32[claim + cell] = -1;
}

export function mod(a: number, b: number): number {
  const rest = a % b;
  return rest < 0 ? rest + b : rest;
}
