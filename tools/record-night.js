/**
 * Writes test/fixtures/recordings/fleet-night.jsonl.gz: `node tools/record-night.js dev_F.csv` (after a build), where
 * the file holds one-minute series with the columns id, source, metric, tod_s, group and values (tools/train reads the same).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { recordedLine } from '#alarm';
import { HostModel } from '../dist/apps/cli/simulator/host-model.js';

const FROM = Date.parse('2026-11-23T22:00:00Z');
const MINUTE = 60_000;
const MINUTES = 8 * 60;
const LOSS = { from: Date.parse('2026-11-24T02:10:00Z'), to: Date.parse('2026-11-24T02:15:00Z'), hosts: 40 };
const SEED = 11;
/** Hosts of the simulator whose third program does that. */
const SIMULATED = ['leak', 'leak', 'spike', 'flap', 'steady', 'steady'];

const about =
  'One night of a fleet, a tick a minute. pod-01 to pod-48 are real: CPU and memory, in % of its limit, of the pods of ' +
  'two microservice demos with injected faults, from the Nezha data set (https://github.com/IntelligentDDS/Nezha, MIT ' +
  'licence, Copyright (c) 2023 IntelligentDDS); their first 8 hours, moved to begin at 22:00, each pod as a host with ' +
  'one program. sim-1-leak to sim-6-steady are simulated (amberwatch simulate). Added: pod-01 to pod-40 send nothing ' +
  'from 02:10 to 02:15, as when a network is lost.';

function pods(path) {
  const [head, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
  const columns = head.split(',');
  const found = new Map();
  for (const line of lines) {
    const cells = line.split(',');
    const row = Object.fromEntries(columns.map((name, i) => [name, cells[i]]));
    if (!row.source.startsWith('nezha-')) continue;
    const key = `${row.tod_s} ${row.group}`;
    found.set(key, { ...found.get(key), [row.metric]: row.values.split(' ').map(Number) });
  }
  return [...found.values()];
}

function* podBatches(series, number) {
  const host = `pod-${String(number).padStart(2, '0')}`;
  for (let minute = 0; minute < MINUTES; minute++) {
    const ms = FROM + minute * MINUTE + number * 1_000;
    if (number <= LOSS.hosts && ms >= LOSS.from && ms < LOSS.to) continue;
    const column = (values) => (values ? [values[minute] ?? null] : [null]);
    const [cpu, mem] = [column(series.cpu), column(series.mem)];
    yield [ms, { host, intervalMs: MINUTE, names: ['service'], count: [1], cpu, cpuMax: cpu, mem, memMax: mem }];
  }
}

/** The first host of the simulator with that behaviour. */
function modelOf(behaviour, used) {
  for (let host = 0; ; host++) {
    const scenario = behaviour === 'steady' ? 'mixed' : behaviour;
    const model = new HostModel({ seed: SEED, host, processes: 8, scenario, rateMs: MINUTE });
    if (used.has(`${scenario} ${host}`) || model.list[2].behaviour !== behaviour) continue;
    used.add(`${scenario} ${host}`);
    return model;
  }
}

function* simulatedBatches(model, name, number) {
  for (let minute = 0; minute < MINUTES; minute++) {
    const { rssBytes: _, ...columns } = model.tick(minute);
    yield [FROM + minute * MINUTE + number * 7_000, { host: name, intervalMs: MINUTE, names: model.names, ...columns }];
  }
}

const used = new Set();
const all = [
  ...pods(process.argv[2]).flatMap((series, i) => [...podBatches(series, i + 1)]),
  ...SIMULATED.flatMap((behaviour, i) => [
    ...simulatedBatches(modelOf(behaviour, used), `sim-${i + 1}-${behaviour}`, i + 1),
  ]),
].sort(([a], [b]) => a - b);
const to = new Date(FROM + MINUTES * MINUTE).toISOString();
const head = JSON.stringify({ recording: 1, from: new Date(FROM).toISOString(), to, about });
const lines = all.map(([ms, batch]) => recordedLine({ ...batch, time: new Date(ms).toISOString() }));
const file = new URL('../test/fixtures/recordings/fleet-night.jsonl.gz', import.meta.url);
writeFileSync(file, gzipSync(`${[head, ...lines].join('\n')}\n`, { level: 9 }));
process.stdout.write(`${lines.length} batches\n`);
