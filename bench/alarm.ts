import { cpus } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { SampleBatch } from '#domain';
import { type AlarmAction, AlarmEngine, defaultRules, NotificationPlan } from '#alarm';

/** `npm run bench:alarm`: what a tick of judging costs, and what a storm of alerts makes of it. */
const START = Date.parse('2026-11-22T20:00:00Z');
const TICKS = 60;
const HOSTS = 100;
const PROGRAMS = 300;

/** As many units as a busy host has, each with three programs of its own; of a tenth of them the growth is followed. */
function unitsOf(units: number, tick: number): Pick<SampleBatch, 'units' | 'unit' | 'rssBytes'> {
  if (units === 0) return {};
  const limit = 512 * 1024 ** 2;
  const rss = (i: number) => (i % 10 === 0 ? 0.4 + tick / 1000 : 0.1) * limit;
  return {
    units: Array.from({ length: units }, (_, i) => ({
      unit: `unit-${i}.service`,
      kind: 'service' as const,
      processes: 3,
      cpu: 10,
      cpuLimit: i % 2 === 0 ? 100 : null,
      throttled: 0,
      memBytes: Math.round(rss(i)),
      memLimitBytes: limit,
      oomKills: 0,
    })),
    unit: Array.from({ length: PROGRAMS }, (_, i) => i % units),
    rssBytes: Array.from({ length: PROGRAMS }, (_, i) => Math.round(rss(i % units) / 3)),
  };
}

function batchOf(host: number, tick: number, value: (program: number) => number, units = 0): SampleBatch {
  const numbers = Array.from({ length: PROGRAMS }, (_, i) => i);
  const values = numbers.map(value);
  return {
    id: `bench-${host}-${tick}`,
    host: `host-${host}`,
    time: new Date(START + tick * 10_000).toISOString(),
    intervalMs: 10_000,
    names: numbers.map((i) => `program-${i}`),
    count: numbers.map(() => 1),
    cpu: values,
    cpuMax: values,
    mem: values,
    memMax: values,
    hostUsage: { cpu: 10, mem: 20, cores: 8, memTotalBytes: 1e10 },
    ...unitsOf(units, tick),
  };
}

function report(what: string, times: number[], goal: string): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0).toFixed(1);
  process.stdout.write(
    `${what.padEnd(62)} median ${at(0.5).padStart(7)} ms  p99 ${at(0.99).padStart(7)} ms   ${goal}\n`,
  );
}

function judging(what: string, value: (program: number, tick: number) => number, units = 0): void {
  let ids = 0;
  const engine = new AlarmEngine({ rules: defaultRules, newId: () => `incident-${++ids}` });
  engine.apply({ kind: 'following', following: true }, START);
  const times: number[] = [];
  let actions = 0;
  for (let tick = 0; tick < TICKS; tick++) {
    const batches = Array.from({ length: HOSTS }, (_, host) =>
      batchOf(host, tick, (program) => value(program, tick), units),
    );
    const nowMs = START + tick * 10_000 + 500;
    const started = performance.now();
    for (const batch of batches) actions += engine.apply({ kind: 'samples', batch }, nowMs).length;
    for (let second = 0; second < 10; second++) engine.apply({ kind: 'tick' }, nowMs + second * 1000);
    times.push(performance.now() - started);
  }
  report(`${what} (${actions} changes)`, times, 'goal < 200 ms');
}

function storm(): void {
  let ids = 0;
  const engine = new AlarmEngine({ rules: defaultRules, newId: () => `incident-${++ids}` });
  const plan = new NotificationPlan({
    waitMs: 30_000,
    groupIntervalMs: 300_000,
    repeatMs: 1e9,
    newId: () => `n-${++ids}`,
  });
  const actions: AlarmAction[] = [];
  for (let host = 0; host < HOSTS; host++) {
    const batch = batchOf(host, 0, (program) => (program < 50 ? 95 : 5));
    actions.push(...engine.apply({ kind: 'samples', batch }, START));
  }
  for (const { incident } of actions) plan.change(incident, START);
  for (let second = 1; second <= 60; second++) {
    const started = performance.now();
    const { notifications } = plan.tick(START + second * 1000, () => undefined);
    if (notifications.length === 0) continue;
    const took = performance.now() - started;
    process.stdout.write(
      `${actions.length} alerts in one tick: ${notifications.length} message a channel after ${second} s, planned in ${took.toFixed(1)} ms   goal 1 in < 30 s\n`,
    );
  }
}

process.stdout.write(`${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, one core\n`);
judging(`${HOSTS * PROGRAMS} programs (cpu and mem), all quiet, 10 ticks of the clock`, () => 20);
judging('the same, with 60 units a host', () => 20, 60);
judging('the same without units, 1 % of them RED', (program) => (program % 100 === 0 ? 95 : 20));
judging('the same, 1 % of them flapping', (program, tick) => (program % 100 === 0 && tick % 6 === 0 ? 95 : 20));
judging('the same, all of them RED', () => 95);
storm();
