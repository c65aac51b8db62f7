import { msToIso, type SampleBatch, shareOfLimit, type UnitSample } from '#domain';
import type { Blame } from './incident-transition.js';

type UnitBatch = Pick<SampleBatch, 'names' | 'rssBytes' | 'units' | 'unit'>;

/** Resident memory of the largest programs of a unit at one time, bytes. */
interface Point {
  timeMs: number;
  programs: [process: string, bytes: number][];
}

interface Value {
  timeMs: number;
  bytes: number;
}

interface UnitPast {
  limitBytes: number;
  /** The process that the kernel would take first. */
  next: string | undefined;
  /** Oldest first. */
  points: Point[];
  /** Least time between two points, ms: it grows, so that their number does not. */
  stepMs: number;
}

/** From this share of its limit on a unit is followed, %: one that leaks fast is AMBER long before it is half full. */
const FOLLOWED_FROM = 25;
const KEPT_MS = 30 * 60_000;
const MAX_POINTS = 32;
/** Programs of a unit in a point, the largest ones. */
const MAX_PROGRAMS = 4;
/** Units of a host that are followed at once: about a megabyte. */
const MAX_FOLLOWED = 128;
/** Less than this share of the unit's limit is no growth. */
const NOTICED = 0.01;

/** How the programs of a host's fuller units grew over the last half hour: enough to say which one fills the unit. */
export class UnitPasts {
  private readonly units = new Map<string, UnitPast>();

  /** Takes what a batch says of units with a limit; what is older than the newest is passed over. */
  note(batch: UnitBatch, timeMs: number): void {
    const followed = this.followed(batch.units ?? [], timeMs);
    if (followed.size > 0) {
      const programs = programsOf(batch, followed);
      for (const [index, { one, past }] of followed) {
        past.limitBytes = one.memLimitBytes ?? 0;
        past.next = nextVictim(one);
        add(past, { timeMs, programs: largestOf(one, programs.get(index) ?? []) });
      }
    }
    for (const [unit, { points }] of this.units) {
      if (timeMs - (points.at(-1)?.timeMs ?? 0) > KEPT_MS) this.units.delete(unit);
    }
  }

  /** What was known of a unit at that time: its limit, who would be killed, and who grew. */
  blameOf(unit: string, timeMs: number): Blame {
    const past = this.units.get(unit);
    if (!past) return {};
    const { limitBytes, next } = past;
    return { limitBytes, ...(next !== undefined && { victim: next }), ...growthOf(past, timeMs) };
  }

  /** The units that are full enough, by their index in the batch. */
  private followed(units: UnitSample[], timeMs: number): Map<number, { one: UnitSample; past: UnitPast }> {
    const followed = new Map<number, { one: UnitSample; past: UnitPast }>();
    for (let index = 0; index < units.length; index++) {
      const one = units[index] as UnitSample;
      if ((shareOfLimit(one) ?? 0) < FOLLOWED_FROM) continue;
      const past = this.pastOf(one);
      if (past && timeMs > (past.points.at(-1)?.timeMs ?? 0)) followed.set(index, { one, past });
    }
    return followed;
  }

  private pastOf({ unit }: UnitSample): UnitPast | undefined {
    let past = this.units.get(unit);
    if (past || this.units.size >= MAX_FOLLOWED) return past;
    past = { limitBytes: 0, next: undefined, points: [], stepMs: 0 };
    this.units.set(unit, past);
    return past;
  }
}

/** The programs that run in one of these units and no other, by the unit's index in the batch. */
function programsOf(
  { names, rssBytes = [], unit = [] }: UnitBatch,
  followed: ReadonlyMap<number, unknown>,
): Map<number, Point['programs']> {
  const byUnit = new Map<number, Point['programs']>();
  for (let row = 0; row < unit.length; row++) {
    const index = unit[row] ?? null;
    const bytes = rssBytes[row] ?? null;
    if (index === null || bytes === null || !followed.has(index)) continue;
    const programs = byUnit.get(index);
    const program: [string, number] = [names[row] ?? '', bytes];
    if (programs) programs.push(program);
    else byUnit.set(index, [program]);
  }
  return byUnit;
}

/** A program that runs in several units is known by the processes of it that are among the largest. */
function largestOf({ largest = [] }: UnitSample, programs: Point['programs']): Point['programs'] {
  const known = new Map(programs);
  const others = new Map<string, number>();
  for (const { process, rssBytes } of largest) {
    if (!known.has(process)) others.set(process, (others.get(process) ?? 0) + rssBytes);
  }
  return [...known, ...others].sort(([, a], [, b]) => b - a).slice(0, MAX_PROGRAMS);
}

function nextVictim({ largest = [] }: UnitSample): string | undefined {
  const scored = largest.filter(({ oomScore }) => oomScore !== undefined);
  return scored.sort((a, b) => (b.oomScore ?? 0) - (a.oomScore ?? 0))[0]?.process;
}

/** The newest point is always kept; of the others every second one goes where there are too many. */
function add(past: UnitPast, point: Point): void {
  const { points } = past;
  const before = points.at(-2);
  if (before && point.timeMs - before.timeMs < past.stepMs) points.pop();
  points.push(point);
  while (point.timeMs - (points[0]?.timeMs ?? 0) > KEPT_MS) points.shift();
  if (points.length <= MAX_POINTS) return;
  past.stepMs = (2 * (point.timeMs - (points[0]?.timeMs ?? 0))) / MAX_POINTS;
  past.points = points.filter((_, i) => i % 2 === 0 || i === points.length - 1);
}

/** The program that gained most since it was smallest, as at that time. */
function growthOf({ points, limitBytes }: UnitPast, timeMs: number): Pick<Blame, 'grower' | 'growth'> {
  const programs = new Map<string, Value[]>();
  for (const point of points) {
    if (point.timeMs > timeMs) break;
    for (const [process, bytes] of point.programs) {
      const values = programs.get(process);
      if (values) values.push({ timeMs: point.timeMs, bytes });
      else programs.set(process, [{ timeMs: point.timeMs, bytes }]);
    }
  }
  let most: { grower: string; gain: number; low: Value; high: Value } | undefined;
  for (const [grower, values] of programs) {
    // The newest value but one, where it is larger: the newest may be from after the process was killed.
    const high = values.slice(-2).reduce((one, other) => (other.bytes >= one.bytes ? other : one));
    const low = values
      .slice(0, values.indexOf(high) + 1)
      .reduce((one, other) => (other.bytes <= one.bytes ? other : one));
    const gain = high.bytes - low.bytes;
    if (gain > Math.max(most?.gain ?? 0, NOTICED * limitBytes)) most = { grower, gain, low, high };
  }
  if (!most) return {};
  const { grower, gain, low, high } = most;
  const bytesPerMinute = Math.round((gain / (high.timeMs - low.timeMs)) * 60_000);
  return { grower, growth: { bytesPerMinute, since: msToIso(low.timeMs) } };
}
