import { PredictorBank, shippedModel } from '#prediction';

/**
 * How early a first leak is AMBER, and how often what only looks like one: `npm run bench:leaks`. 10 s samples from the first one
 * of a program on, no history; its noise is correlated, moves in whole pages and now and then jumps, as that of real programs does.
 * The generators are apart from those that the model was trained on.
 */
const STEP_MS = 10_000;
const START = Date.UTC(2026, 10, 22, 9);
const LIMIT = 80;
const SEEDS = 40;

type Random = () => number;
type Course = (sample: number, length: number) => number;

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

/** Of a working set: what a program takes and gives back, with a spike in fifty samples, in steps of 0.05 %. */
function noiseOf(random: Random): () => number {
  const size = between(random, 0.1, 0.8);
  const memory = between(random, 0.2, 0.8);
  let kept = 0;
  return () => {
    kept = memory * kept + (1 - memory) * (random() + random() + random() - 1.5) * 4 * size;
    const spike = random() < 0.02 ? random() * 3 * size : 0;
    return Math.round((kept + spike) / 0.05) * 0.05;
  };
}

const lookalikes: Record<string, (random: Random) => Course> = {
  plateau: (r) => {
    const [from, to] = [between(r, 10, 40), between(r, 45, 70)];
    const [start, ramp] = [between(r, 20, 120), between(r, 1, 60)];
    return (i) => from + (to - from) * Math.min(1, Math.max(0, (i - start) / ramp));
  },
  'cache that fills once': (r) => {
    const [from, to, tau] = [between(r, 10, 30), between(r, 40, 72), between(r, 15, 200)];
    return (i) => from + (to - from) * (1 - Math.exp(-i / tau));
  },
  'start-up growth': (r) => {
    const [to, tau, over] = [between(r, 20, 65), between(r, 3, 30), between(r, 0, 8)];
    return (i) => to * (1 - Math.exp(-i / tau)) + (over * i * Math.exp(1 - i / tau)) / tau / 2;
  },
};

/** The first sample that is AMBER, and how many claims there were. */
function warned(course: Course, length: number, random: Random): { first: number | undefined; claims: number } {
  const predictor = new PredictorBank(shippedModel()).create({ metric: 'mem', intervalMs: STEP_MS });
  const noise = noiseOf(random);
  let first: number | undefined;
  let claims = 0;
  let stood = false;
  for (let i = 0; i < length; i++) {
    const value = Math.min(100, Math.max(0, course(i, length) + noise()));
    const { amber } = predictor.update(START + i * STEP_MS, value);
    if (value > LIMIT) break;
    if (amber) first ??= i;
    if (amber && !stood) claims++;
    stood = amber;
  }
  return { first, claims };
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

console.log(`First leaks from 30 %, ${SEEDS} seeds each, from the first sample and after 2 to 20 minutes of quiet:`);
for (const perMinute of [9, 4.5, 3, 1, 0.3]) {
  const perSample = perMinute / 6;
  const rise = 50 / perSample;
  for (const quiet of [false, true]) {
    const shares: number[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = randomOf(seed * 7919 + perMinute * 10);
      const start = quiet ? Math.round(between(random, 12, 120)) : 0;
      const breach = start + rise;
      const { first } = warned((i) => 30 + Math.max(0, i - start) * perSample, Math.ceil(breach) + 30, random);
      shares.push(first === undefined ? 0 : Math.min(1, Math.max(0, (breach - first) / rise)));
    }
    const never = shares.filter((share) => share === 0).length;
    const name = `${perMinute} %/min${quiet ? ' after quiet' : ''}`;
    console.log(
      `  ${name.padEnd(24)} AMBER ${median(shares).toFixed(2)} of the way before, ${never} of ${SEEDS} never`,
    );
  }
}

console.log(`What only looks like one, 2 hours each, ${SEEDS} seeds:`);
let all = 0;
let claimed = 0;
for (const [name, make] of Object.entries(lookalikes)) {
  let falses = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = randomOf(seed * 104_729 + name.length);
    falses += Number(warned(make(random), 720, random).claims > 0);
  }
  all += SEEDS;
  claimed += falses;
  console.log(`  ${name.padEnd(24)} ${falses} of ${SEEDS} with a false AMBER`);
}
console.log(`  together                 ${claimed} of ${all}, ${((100 * claimed) / all).toFixed(0)} %`);
