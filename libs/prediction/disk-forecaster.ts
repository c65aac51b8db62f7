import { BUCKET_MS, Cell, DiskMemory } from './disk-memory.js';
import { type DiskOutlook, outlook } from './disk-rules.js';
import type { Prediction } from './prediction.js';

export type DiskPrediction = Pick<Prediction, 'amber' | 'breach' | 'probability' | 'text'>;

export interface DiskForecasterOptions {
  /** What counts as a breach, %. */
  limit: number;
  /** How far ahead a breach is told, ms. */
  horizonMs: number;
}

/** Buckets in a row that a rule has to see it coming before it is told. */
const SURE = 2;
/** A claim opens where the breach lies within this share of the horizon, so that a slower rise still ends within it. */
const OPEN_WITHIN = 0.55;
/** Buckets for which a breach is expected further after no rule sees it any more, unless room was made. */
const HOLD = 12;
/** How many of a hundred came true on the series of `npm run bench:disks -- --tune`, by rule. */
const LIKELY: Record<DiskOutlook['rule'], number> = { fill: 0.8, teeth: 0.8, days: 0.8 };

const rules = Object.keys(LIKELY) as DiskOutlook['rule'][];
const quiet: DiskPrediction = { amber: false, probability: 0, text: '' };

/**
 * Expects the breach of a disk's space or inodes from the hours and days before, by rules: what fills in a line, what is
 * released but creeps up, and what lies higher each day. Constant time and memory; it thinks once in ten minutes.
 */
export class DiskForecaster {
  private readonly memory = new DiskMemory();

  constructor(private readonly options: DiskForecasterOptions) {}

  /** Takes one value, %. Values that are not finite and times that are not newer change nothing. */
  update(timeMs: number, value: number): DiskPrediction {
    const { memory } = this;
    const isTaken = this.isNext(timeMs, value);
    if (isTaken && memory.take(timeMs, value)) this.think(timeMs, value);
    if (isTaken && value > this.options.limit) memory.cells[Cell.rule] = 0;
    return this.claim();
  }

  /** Takes one value of the past without looking ahead from it, which would cost most of an update. */
  remember(timeMs: number, value: number): void {
    if (this.isNext(timeMs, value)) this.memory.take(timeMs, value);
  }

  moveClock(byMs: number): void {
    this.memory.moveClock(byMs);
  }

  snapshot(): Uint8Array {
    return this.memory.snapshot();
  }

  /** @throws PredictionError where the snapshot is damaged or of another version */
  restore(snapshot: Uint8Array): void {
    this.memory.restore(snapshot);
  }

  /** Takes what another forecaster knows of the same disk, but not what it claims. */
  learn(snapshot: Uint8Array): void {
    this.memory.restore(snapshot);
    this.memory.cells[Cell.rule] = this.memory.cells[Cell.sure] = 0;
  }

  release(): void {
    // Its memory is its own.
  }

  private isNext(timeMs: number, value: number): boolean {
    return Number.isFinite(value) && Number.isFinite(timeMs) && timeMs >= 0 && timeMs > this.memory.lastMs;
  }

  private think(timeMs: number, value: number): void {
    const { limit, horizonMs } = this.options;
    const { cells } = this.memory;
    const bucket = Math.floor(timeMs / BUCKET_MS);
    const found = outlook(this.memory.past(), limit, horizonMs / BUCKET_MS);
    const sure = found && found.at * BUCKET_MS <= OPEN_WITHIN * horizonMs ? (cells[Cell.sure] as number) + 1 : 0;
    const isOpen = cells[Cell.rule] !== 0;
    cells[Cell.sure] = sure;
    if (found && (isOpen || sure >= SURE)) {
      write(cells, found, bucket * BUCKET_MS);
      cells[Cell.seenAt] = value;
      cells[Cell.fades] = bucket + HOLD;
    } else if (!found && isOpen) {
      const hasRoom = value < (cells[Cell.seenAt] as number) - 0.1 * (limit - value);
      if (hasRoom || bucket >= (cells[Cell.fades] as number)) cells[Cell.rule] = 0;
    }
  }

  private claim(): DiskPrediction {
    const { cells } = this.memory;
    const rule = rules[(cells[Cell.rule] as number) - 1];
    if (!rule) return quiet;
    const cell = (at: number): number => cells[at] as number;
    const breach = { atMs: cell(Cell.atMs), fromMs: cell(Cell.fromMs), toMs: cell(Cell.toMs) };
    return { amber: true, breach, probability: LIKELY[rule], text: textOf(rule, cell(Cell.rate), cell(Cell.sinceMs)) };
  }
}

function write(cells: Float64Array, { rule, at, from, to, rate, since }: DiskOutlook, nowMs: number): void {
  cells[Cell.rule] = rules.indexOf(rule) + 1;
  cells[Cell.atMs] = nowMs + at * BUCKET_MS;
  cells[Cell.fromMs] = nowMs + Math.min(at, from) * BUCKET_MS;
  cells[Cell.toMs] = nowMs + Math.max(at, to) * BUCKET_MS;
  cells[Cell.rate] = rate;
  cells[Cell.sinceMs] = nowMs - since * BUCKET_MS;
}

/** What it does, in words; `rate` in % a bucket. */
function textOf(rule: DiskOutlook['rule'], rate: number, sinceMs: number): string {
  const hour = (rate * 3_600_000) / BUCKET_MS;
  if (rule === 'days') return `${amount(hour * 24)} % more each day at the same hour`;
  const what = rule === 'fill' ? 'rising' : 'lows and highs rising';
  return `${what} ${amount(hour)} %/h since ${clock(sinceMs)}`;
}

const amount = (value: number): string => value.toFixed(value < 1 ? 2 : 1);

/** Day and time in UTC, since a fill may be older than a day. */
function clock(ms: number): string {
  return new Date(ms).toISOString().slice(5, 16).replace('T', ' ');
}
