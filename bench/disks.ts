import { parseArgs } from 'node:util';
import { countClaims, DiskForecaster, score, type JudgedSeries } from '#prediction';

/**
 * Scores the forecaster of disks on generated weeks: `npm run bench:disks`, or `-- --tune` for the seeds that its rules
 * were chosen on. Scored like every other method: a claim is right where a fresh crossing of 90 % follows within the horizon of
 * 24 hours, that is 30 steps of 48 minutes.
 */
const { values: options } = parseArgs({
  options: { tune: { type: 'boolean' }, each: { type: 'string', default: '24' }, verbose: { type: 'boolean' } },
});

const MINUTE_MS = 60_000;
const DAYS = 7;
const MINUTES = DAYS * 1440;
const STEP = 48;
const LIMIT = 90;
const START = Date.UTC(2026, 10, 16);

type Random = () => number;
/** How full a disk is at each minute, %; made anew for each disk. */
type Course = (random: Random) => (minute: number) => number;

/** Mulberry32, by T. Ettinger (public domain). */
function randomOf(seed: number): Random {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const between = (random: Random, low: number, high: number) => low + (high - low) * random();
const ratio = (random: Random, low: number, high: number) => low * (high / low) ** random();
const after = (minute: number, start: number) => Math.max(0, minute - start);

/** Releases back to what it was, once it has reached a height: as a disk whose owner comes when it is full. */
function cleaned(base: number, growth: (minute: number) => number, to: number) {
  let gone = 0;
  return (minute: number) => {
    if (base + growth(minute) - gone > 97) gone = base + growth(minute) - to;
    return base + growth(minute) - gone;
  };
}

const saw = (minute: number, period: number, height: number) => ((minute % period) / period) * height;
/** Up within `rise` minutes, kept for `keep`, and down, once a period. */
function visit(minute: number, period: number, rise: number, keep: number, height: number): number {
  const at = minute % period;
  if (at < rise) return (at / rise) * height;
  return at < rise + keep ? height : 0;
}

const courses: Record<string, { fills: boolean; course: Course }> = {
  'steady fill': {
    fills: true,
    course: (r) => {
      const [rate, start] = [ratio(r, 0.2, 8) / 60, between(r, 0, 4000)];
      return cleaned(between(r, 20, 75), (m) => rate * after(m, start), between(r, 20, 70));
    },
  },
  'fill by day more than by night': {
    fills: true,
    course: (r) => {
      const [rate, swing] = [ratio(r, 0.2, 2) / 60, between(r, 0.3, 0.9)];
      const w = (2 * Math.PI) / 1440;
      return cleaned(between(r, 20, 60), (m) => rate * (m - (swing / w) * Math.sin(w * m)), between(r, 20, 60));
    },
  },
  'accelerating fill': {
    fills: true,
    course: (r) => {
      const [doubling, start, first] = [between(r, 300, 2000), between(r, 1000, 6000), ratio(r, 0.3, 3)];
      return cleaned(
        between(r, 20, 60),
        (m) => first * (2 ** Math.min(10, after(m, start) / doubling) - 1),
        between(r, 20, 60),
      );
    },
  },
  'fill in lumps': {
    fills: true,
    course: (r) => {
      const [rate, every] = [ratio(r, 0.3, 4) / 60, between(r, 20, 120)];
      return cleaned(between(r, 20, 70), (m) => rate * every * Math.floor(m / every), between(r, 20, 60));
    },
  },
  'fill under rotation': {
    fills: true,
    course: (r) => {
      const [rate, period, height] = [ratio(r, 0.15, 1.5) / 60, between(r, 60, 720), between(r, 0.5, 6)];
      return cleaned(between(r, 20, 60), (m) => rate * m + saw(m, period, height), between(r, 20, 60));
    },
  },
  'fill under nightly backups': {
    fills: true,
    course: (r) => {
      const [rate, height, keep] = [ratio(r, 0.15, 0.8) / 60, between(r, 3, 12), between(r, 30, 240)];
      return cleaned(between(r, 20, 60), (m) => rate * m + visit(m, 1440, 60, keep, height), between(r, 20, 60));
    },
  },
  flat: {
    fills: false,
    course: (r) =>
      (
        (base) => () =>
          base
      )(between(r, 10, 88)),
  },
  'log rotation': {
    fills: false,
    course: (r) => {
      const [period, height] = [ratio(r, 60, 1440), between(r, 1, 25)];
      const base = between(r, 10, 87 - height);
      return (m) => base + saw(m, period, height);
    },
  },
  'nightly backup': {
    fills: false,
    course: (r) => {
      const [rise, keep, height, at] = [between(r, 20, 240), between(r, 10, 400), between(r, 3, 30), r() * 1440];
      const base = between(r, 10, 87 - height);
      return (m) => base + visit(m + at, 1440, rise, keep, height);
    },
  },
  'build folder emptied each hour': {
    fills: false,
    course: (r) => {
      const [rise, height] = [between(r, 15, 55), between(r, 2, 20)];
      const base = between(r, 10, 87 - height);
      return (m) => base + (Math.floor(m / 60) % 24 > 7 ? visit(m, 60, rise, 0, height) : 0);
    },
  },
  deletions: {
    fills: false,
    course: (r) => {
      const when = Array.from({ length: 4 }, () => between(r, 0, MINUTES));
      const base = between(r, 50, 88);
      return (m) => base - when.filter((at) => m > at).length * 8;
    },
  },
  'copies that stay': {
    fills: false,
    course: (r) => {
      const when = Array.from({ length: 4 }, () => ({
        at: between(r, 0, MINUTES),
        takes: ratio(r, 1, 120),
        size: between(r, 1, 7),
      }));
      const base = between(r, 10, 60);
      return (m) => base + when.reduce((sum, one) => sum + one.size * Math.min(1, after(m, one.at) / one.takes), 0);
    },
  },
  'fills up to a level': {
    fills: false,
    course: (r) => {
      const [start, takes, height] = [between(r, 0, 5000), ratio(r, 100, 1500), between(r, 5, 30)];
      const base = between(r, 10, 86 - height);
      return (m) => base + height * (1 - Math.exp(-after(m, start) / takes));
    },
  },
};

/** What a collector sees of a course: files that come and go, and three decimals, one or none. */
function seen(course: (minute: number) => number, random: Random): (minute: number) => number {
  const noise = ratio(random, 0.005, 0.3);
  const quantum = [0.001, 0.001, 0.1, 1][Math.floor(random() * 4)] as number;
  let wander = 0;
  return (minute) => {
    wander = 0.99 * wander + noise * 0.14 * (random() + random() + random() - 1.5) * 2;
    const value = course(minute) + wander + noise * 0.3 * (random() - 0.5);
    return Math.min(100, Math.max(0, Math.round(value / quantum) * quantum));
  };
}

interface Claim {
  openedMs: number;
  probability: number;
  fromMs: number;
  toMs: number;
}

const all: { name: string; fills: boolean; series: JudgedSeries; amber: Uint8Array; claims: Claim[]; red: number[] }[] =
  [];
let updates = 0;
let tookMs = 0;

function run(name: string, seed: number): void {
  const { fills, course } = courses[name] as (typeof courses)[string];
  const random = randomOf(seed);
  const valueAt = seen(course(random), random);
  const forecaster = new DiskForecaster({ limit: LIMIT, horizonMs: 1440 * MINUTE_MS });
  const [values, amber, claims, red]: [number[], Uint8Array, Claim[], number[]] = [
    [],
    new Uint8Array(MINUTES / STEP),
    [],
    [],
  ];
  let open = false;
  let highest = 0;
  for (let m = 0; m < MINUTES; m++) {
    const timeMs = START + m * MINUTE_MS;
    const value = valueAt(m);
    const begun = performance.now();
    const { amber: isAmber, breach, probability } = forecaster.update(timeMs, value);
    tookMs += performance.now() - begun;
    updates++;
    highest = m % STEP === 0 ? value : Math.max(highest, value);
    if (value > LIMIT) red.push(timeMs);
    const isTold = isAmber && value <= LIMIT && breach !== undefined && breach.atMs - timeMs <= 1440 * MINUTE_MS;
    if (isTold && !open) claims.push({ openedMs: timeMs, probability, fromMs: breach.fromMs, toMs: breach.toMs });
    open = isTold;
    if (isTold) amber[Math.floor(m / STEP)] = 1;
    // What counts is the use against the limit, which the scorer has at 80.
    if (m % STEP === STEP - 1) values.push((highest / LIMIT) * 80);
  }
  const id = `${name} ${seed}`;
  const series: JudgedSeries = {
    id,
    group: id,
    stepMs: STEP * MINUTE_MS,
    startMs: START,
    warmup: 8,
    metric: 'mem',
    values,
  };
  all.push({ name, fills, series, amber, claims, red });
}

const first = options.tune ? 1 : 1_000_000;
for (const [k, name] of Object.keys(courses).entries()) {
  for (let i = 0; i < Number(options.each); i++) run(name, first + k * 1000 + i);
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;
for (const name of [...Object.keys(courses), 'all']) {
  const some = all.filter((one) => name === 'all' || one.name === name);
  const counts = some.map(({ series, amber }) => countClaims(series, amber));
  const s = score(
    some.map(({ series }) => series),
    counts,
  );
  const falses = counts.reduce((sum, c) => sum + c.falses, 0);
  const lead = s.medianLeadSteps === null ? '–' : `${((s.medianLeadSteps * STEP) / 60).toFixed(1)} h`;
  console.log(
    `${name}: ${some.length} disks, ${s.events} breaches, precision ${percent(s.precision)}, recall ${percent(s.recall)}, ` +
      `F1 ${s.f1.toFixed(3)}, median lead ${lead}, ${falses} false, ${(s.falsePerSeriesDay * 7).toFixed(2)} a disk-week`,
  );
  if (options.verbose) {
    for (const [i, c] of counts.entries())
      if (c.falses > 0 || c.hits < c.events)
        console.log('  ', some[i]?.series.id, c.falses, 'false', c.hits, 'of', c.events);
  }
}

/** Whether each claim came true, and whether within its interval. */
const judged = all.flatMap(({ claims, red }) =>
  claims.map((claim) => ({
    claim,
    at: red.find((ms) => ms > claim.openedMs && ms <= claim.openedMs + 1440 * MINUTE_MS),
  })),
);
const hits = judged.filter(({ at }) => at !== undefined);
const inside = hits.filter(({ claim, at = 0 }) => at >= claim.fromMs && at <= claim.toMs);
console.log(`Intervals: ${percent(inside.length / hits.length)} of ${hits.length} breaches lay inside (meant: 80 %)`);
for (const said of new Set(judged.map(({ claim }) => claim.probability))) {
  const some = judged.filter(({ claim }) => claim.probability === said);
  const came = some.filter(({ at }) => at !== undefined).length;
  console.log(`Said ${percent(said)}: ${came} of ${some.length} came true, ${percent(came / some.length)}`);
}
console.log(`Update: ${((tookMs * 1000) / updates).toFixed(1)} µs on average, of samples a minute apart`);
