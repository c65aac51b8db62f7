import { BUCKETS, type DiskPast } from './disk-memory.js';

/** What a rule sees coming; times in buckets from the newest one, rates in % a bucket. */
export interface DiskOutlook {
  rule: 'fill' | 'teeth' | 'days';
  at: number;
  from: number;
  to: number;
  rate: number;
  /** Buckets for which it has risen so. */
  since: number;
}

const DAY = BUCKETS / 2;
/** A line is believed for so many times the time that it has held; on a disk that is not known for a day, for as long. */
const REACH = 2;
const REACH_UNKNOWN = 1;
/** Fewest buckets that make a line. */
const SHORTEST = 3;
/** The same for a rise like one of the past that stopped. */
const REACH_STOPPED = 0.5;
/** Rates of a steady fill differ by at most this factor between spans. */
const AGREE = 2;
/** A rise is news where it is higher than the ones that were released before, by this factor. */
const NEWS = 1.2;

/** Whether, and when, a disk is going to pass its limit within the horizon; the soonest of what the rules say. */
export function outlook(past: DiskPast, limit: number, horizon: number): DiskOutlook | undefined {
  const n = past.length;
  if (n < SHORTEST + 1) return undefined;
  const level = past.mean[n - 1] as number;
  const room = limit - level;
  if (room <= 0) return undefined;
  const noise = noiseOf(past);
  const legs = legsOf(past, Math.max(0.1 * room, 4 * noise, 0.02));
  const found = [fill(past, legs, limit, noise), teeth(past, legs, limit), days(past, limit, noise)];
  const due = found.filter((one) => one !== undefined && one.at <= horizon) as DiskOutlook[];
  return due.toSorted((a, b) => a.at - b.at)[0];
}

/** Spread of what no line explains: the median second difference, which for white noise is 1.65 standard deviations. */
function noiseOf({ mean, length }: DiskPast): number {
  const from = Math.max(2, length - DAY);
  const seconds: number[] = [];
  for (let i = from; i < length; i++) {
    seconds.push(Math.abs((mean[i] as number) - 2 * (mean[i - 1] as number) + (mean[i - 2] as number)));
  }
  return median(seconds) / 1.65;
}

/** A rise from a low to a high, and how far it fell afterwards; the newest may still go on, and has not fallen. */
interface Leg {
  low: number;
  high: number;
  height: number;
  fell: number;
}

/** The rises of the past, cut where the use falls by more than `least` from a high. */
function legsOf({ low, high, length }: DiskPast, least: number): Leg[] {
  const legs: Leg[] = [];
  let leg: Leg = { low: 0, high: 0, height: 0, fell: 0 };
  let bottom = 0;
  for (let i = 0; i < length; i++) {
    const top = high[leg.high] as number;
    if (leg.fell < least) {
      if ((high[i] as number) >= top) leg.high = i;
      if ((low[i] as number) < (low[leg.low] as number) && leg.high === leg.low) leg.low = leg.high = i;
      leg.height = (high[leg.high] as number) - (low[leg.low] as number);
      leg.fell = (high[leg.high] as number) - (low[i] as number);
      bottom = i;
      if (leg.fell >= least) legs.push(leg);
    } else {
      if ((low[i] as number) <= (low[bottom] as number)) bottom = i;
      leg.fell = (high[leg.high] as number) - (low[bottom] as number);
      if ((high[i] as number) - (low[bottom] as number) < least) continue;
      leg = { low: bottom, high: i, height: (high[i] as number) - (low[bottom] as number), fell: 0 };
    }
  }
  if (leg.fell < least) legs.push(leg);
  return legs;
}

/** A rise that goes on in a line, at one rate over several spans, and higher than what was released before. */
function fill(past: DiskPast, legs: readonly Leg[], limit: number, noise: number): DiskOutlook | undefined {
  const n = past.length;
  const leg = legs.at(-1);
  if (!leg || leg.high < n - SHORTEST || isFalling(leg, legs)) return undefined;
  const line = lineOf(past, leg.low, noise);
  if (!line) return undefined;
  const { rate, since, fastest, slowest } = line;
  const room = limit - (past.mean[n - 1] as number);
  const at = room / rate;
  const known = (past.at[n - 1] as number) - (past.at[0] as number);
  const reach = hasStopped(past, since, rate) ? REACH_STOPPED : known < 1.1 * DAY ? REACH_UNKNOWN : REACH;
  if (at > reach * since) return undefined;
  const usual = Math.max(0, ...legs.slice(0, -1).map(({ height, fell }) => (fell >= height / 2 ? height : 0)));
  const isNews = leg.height > NEWS * usual || (past.low[leg.low] as number) + usual >= limit;
  if (!isNews) return undefined;
  return { rule: 'fill', at, from: room / fastest, to: room / slowest, rate, since };
}

/** Whether a rise of about this rate and length has stopped before. */
function hasStopped({ mean, length }: DiskPast, since: number, rate: number): boolean {
  const rise = 0.7 * rate * since;
  for (let end = since; end + 2 * since < length; end++) {
    const top = mean[end] as number;
    if (top - (mean[end - since] as number) < rise) continue;
    if ((mean[end + since] as number) - top < rise / 2) return true;
  }
  return false;
}

function isFalling(leg: Leg, legs: readonly Leg[]): boolean {
  return leg !== legs.at(-1) || leg.fell >= leg.height / 2;
}

/** The rate over the longest span that agrees with the newer ones in it. */
function lineOf(past: DiskPast, low: number, noise: number) {
  const n = past.length;
  const rates: { span: number; rate: number }[] = [];
  for (let span = SHORTEST; span < n - low; span = Math.ceil(span * 1.5)) {
    const rate = slope(past, n - 1 - span);
    const known = rates.map((one) => one.rate);
    const middle = median(known);
    if (known.length > 0 && (rate > AGREE * middle || rate * AGREE < middle)) {
      // A line begins anew where the newest span alone is off: steps come in lumps.
      if (known.length > 2) break;
      rates.length = 0;
    }
    if (rate > 0) rates.push({ span, rate });
    else rates.length = 0;
  }
  const last = rates.at(-1);
  if (rates.length < 2 || !last) return undefined;
  const first = n - 1 - last.span;
  const rise = (past.mean[n - 1] as number) - (past.mean[first] as number);
  if (rise < Math.max(5 * noise, 0.1) || largestStep(past, first) > rise / 2) return undefined;
  const some = rates.slice(-4).map((one) => one.rate);
  const rate = median(some);
  return { rate, since: last.span, fastest: Math.max(...some) * 1.3, slowest: Math.min(...some) * 0.65 };
}

function largestStep({ mean, length }: DiskPast, first: number): number {
  let largest = 0;
  for (let i = first + 1; i < length; i++) largest = Math.max(largest, (mean[i] as number) - (mean[i - 1] as number));
  return largest;
}

/** Median of the slopes between buckets half a span apart, % a bucket: one in four values may be anything. */
function slope({ at, mean, length }: DiskPast, first: number): number {
  const half = Math.max(1, Math.floor((length - first) / 2));
  const slopes: number[] = [];
  for (let i = first; i + half < length; i++) {
    slopes.push(((mean[i + half] as number) - (mean[i] as number)) / ((at[i + half] as number) - (at[i] as number)));
  }
  return median(slopes);
}

/** Rises that are released time and again, where lows and highs both creep up: the highs reach the limit first. */
function teeth({ at, low, high, length }: DiskPast, legs: readonly Leg[], limit: number): DiskOutlook | undefined {
  const done = legs.filter((leg) => leg.fell > 0).slice(-8);
  if (done.length < 3) return undefined;
  const slopeOf = (points: [number, number][]) =>
    median(points.flatMap(([x, y], i) => points.slice(0, i).map(([px, py]) => (y - py) / (x - px))));
  const lows = slopeOf(done.map((leg) => [at[leg.low] as number, low[leg.low] as number]));
  const highs = slopeOf(done.map((leg) => [at[leg.high] as number, high[leg.high] as number]));
  const rate = Math.min(lows, highs);
  if (!(rate > 0) || Math.max(lows, highs) > 2.5 * rate) return undefined;
  const newest = at[length - 1] as number;
  const since = newest - (at[(done[0] as Leg).low] as number);
  const last = done.at(-1) as Leg;
  const middle = (lows + highs) / 2;
  const top = (high[last.high] as number) + middle * (newest - (at[last.high] as number));
  const left = Math.max(1, (limit - top) / middle);
  if (left > since || top - (low[last.low] as number) <= 0) return undefined;
  return { rule: 'teeth', at: left, from: left * 0.5, to: left * 1.7 + 6, rate: middle, since };
}

/** Each hour of the day lies higher than it did a day ago, by about as much: tomorrow's is added to today's course. */
function days({ at, mean, high, length }: DiskPast, limit: number, noise: number): DiskOutlook | undefined {
  const newest = at[length - 1] as number;
  const byBucket = new Map<number, number>();
  for (let i = 0; i < length; i++) byBucket.set(at[i] as number, i);
  const grown: number[] = [];
  for (let t = newest - DAY + 1; t <= newest; t++) {
    const [now, before] = [byBucket.get(t), byBucket.get(t - DAY)];
    if (now !== undefined && before !== undefined) grown.push((mean[now] as number) - (mean[before] as number));
  }
  if (grown.length < DAY * 0.9) return undefined;
  grown.sort((a, b) => a - b);
  const quantile = (q: number) => grown[Math.floor(q * grown.length)] as number;
  const day = quantile(0.5);
  // Files that were copied a day ago and stay lie higher too, but nothing has been added since.
  const [newer, older] = [DAY / 2, DAY].map((from) => mean.slice(length - from, length - from + DAY / 2)) as [
    Float64Array,
    Float64Array,
  ];
  const recent = Math.min(Math.min(...newer) - Math.min(...older), median([...newer]) - median([...older]));
  if (quantile(0.1) < 0.6 * day || quantile(0.9) > 1.6 * day || day < Math.max(5 * noise, 0.3)) return undefined;
  if (recent < 0.2 * day) return undefined;
  for (let ahead = 1; ahead <= DAY; ahead++) {
    const then = byBucket.get(newest + ahead - DAY);
    if (then === undefined || (high[then] as number) + day < limit) continue;
    return { rule: 'days', at: ahead, from: ahead * 0.6, to: ahead * 1.4 + 12, rate: day / DAY, since: DAY };
  }
  return undefined;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length === 0) return 0;
  return sorted.length % 2 ? (sorted[half] as number) : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2;
}
