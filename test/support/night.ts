import { randomUUID } from 'node:crypto';
import type { AmberwatchClient } from '#client';
import type { Forecast, HostMetric, Incident, SampleBatch } from '#domain';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const CORES = 8;
const MEMORY_BYTES = 32 * 1024 ** 3;

/** A small shop's machines, and what happened on them in the night before. */
export interface Night {
  /** When the CPU of the host broke its limit. */
  atMs: number;
  /** The host, and the program that took it. */
  host: string;
  culprit: string;
  /** The alert on that, which is over; one in AMBER with a predicted breach; one in RED. */
  closedId: string;
  predictedId: string;
  redId: string;
  /** The program whose breach is predicted. */
  leak: { host: string; process: string };
}

interface Program {
  name: string;
  unit?: string;
  count?: number;
  /** % of one core; % of memory. */
  cpu: number;
  mem: number;
}

interface Machine {
  host: string;
  service: string;
  /** How far back its samples reach. */
  spanMs: number;
  programs: Program[];
}

const everywhere: Program[] = [
  { name: 'systemd', unit: 'init.scope', cpu: 0.2, mem: 0.1 },
  { name: 'systemd-journal', unit: 'systemd-journald.service', cpu: 0.6, mem: 0.4 },
  { name: 'sshd', unit: 'ssh.service', count: 3, cpu: 0.1, mem: 0.1 },
  { name: 'cron', unit: 'cron.service', cpu: 0.1, mem: 0.05 },
  { name: 'node_exporter', unit: 'node-exporter.service', cpu: 0.9, mem: 0.2 },
  { name: 'chronyd', unit: 'chrony.service', cpu: 0.1, mem: 0.03 },
  { name: 'rsyslogd', unit: 'rsyslog.service', cpu: 0.3, mem: 0.1 },
  { name: 'containerd', unit: 'containerd.service', cpu: 1.4, mem: 0.6 },
];
const shop: Program[] = [
  { name: 'nginx', unit: 'nginx.service', count: 9, cpu: 24, mem: 1.2 },
  { name: 'node', unit: 'checkout.service', count: 4, cpu: 88, mem: 9 },
  { name: 'redis-server', unit: 'redis.service', cpu: 11, mem: 3.1 },
];
const database: Program[] = [
  { name: 'postgres', unit: 'postgresql.service', count: 34, cpu: 96, mem: 31 },
  { name: 'pgbouncer', unit: 'pgbouncer.service', cpu: 14, mem: 0.4 },
  { name: 'postgres_exporter', unit: 'postgres-exporter.service', cpu: 2.1, mem: 0.2 },
  { name: 'restic', unit: 'backup.service', cpu: 3, mem: 0.5 },
];
const search: Program[] = [
  { name: 'java', unit: 'search.service', cpu: 62, mem: 48 },
  { name: 'nginx', unit: 'nginx.service', count: 5, cpu: 9, mem: 0.8 },
];
const queue: Program[] = [
  { name: 'rabbitmq', unit: 'rabbitmq.service', cpu: 38, mem: 7 },
  { name: 'worker', unit: 'worker.service', count: 6, cpu: 71, mem: 6 },
];

/** The same number for the same words, in [0, 1): no two runs look different. */
function noise(...words: (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const character of words.join(' ')) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
}

/** 03:12 of the newest night that has been over for half an hour, local time. */
export function newestNight(nowMs: number): number {
  const night = new Date(nowMs);
  night.setHours(3, 12, 0, 0);
  return night.getTime() > nowMs - 30 * MINUTE_MS ? night.getTime() - 24 * HOUR_MS : night.getTime();
}

/**
 * Plays a night into a server: the breach at `atMs` with an hour before and after it, and the last hours up to now, a tick a
 * minute. Leaves the alerts and a forecast there; alarm and prediction beat once.
 */
export async function playNight(client: AmberwatchClient, nowMs: number, atMs: number): Promise<Night> {
  const machines: Machine[] = [
    { host: 'shop-db-1', service: 'shop', spanMs: nowMs - atMs + HOUR_MS, programs: database },
    { host: 'search-1', service: 'search', spanMs: 2 * HOUR_MS, programs: search },
    { host: 'queue-1', service: 'shop', spanMs: HOUR_MS, programs: queue },
    { host: 'shop-web-1', service: 'shop', spanMs: 20 * MINUTE_MS, programs: shop },
    { host: 'shop-web-2', service: 'shop', spanMs: 20 * MINUTE_MS, programs: shop },
  ];
  await Promise.all(machines.map((machine) => playMachine(client, machine, atMs, nowMs)));
  const night = {
    atMs,
    host: 'shop-db-1',
    culprit: 'restic',
    closedId: 'night-closed-1',
    predictedId: 'night-predicted-1',
    redId: 'night-red-1',
    leak: { host: 'search-1', process: 'java' },
  };
  await client.putAlerts({ incidents: alertsOf(night, nowMs) });
  await client.putForecasts({ full: true, forecasts: [leakForecast(nowMs)], cleared: [] });
  await beat(client);
  return night;
}

/** Alarm and prediction say that they are there; they are believed for half a minute. */
export async function beat(client: AmberwatchClient): Promise<void> {
  const one = { instance: 'night', version: '0.1.0', follows: true };
  for (const service of ['alarm', 'prediction'] as const) await client.heartbeat(service, one);
}

async function playMachine(client: AmberwatchClient, machine: Machine, atMs: number, nowMs: number): Promise<void> {
  const ticks = Math.floor(machine.spanMs / MINUTE_MS);
  const counters = { read: 0, write: 0, received: 0, sent: 0 };
  for (let left = ticks; left >= 0; left--) {
    const ms = nowMs - left * MINUTE_MS;
    if (ms > atMs + HOUR_MS && ms < nowMs - 2 * HOUR_MS) continue;
    await client.putSamples(batchOf(machine, ms, atMs, nowMs, counters, left));
  }
}

/** How much of a breach there is at a moment, 0–1: it lasts for seven minutes from 03:12 on. */
function trouble(ms: number, atMs: number): number {
  const minute = (ms - atMs) / MINUTE_MS;
  return minute < -0.5 || minute > 7 ? 0 : Math.min(1, minute + 0.9);
}

/** Memory of the program that leaks, %: 71.4 now. */
const leaking = (ms: number, nowMs: number) => Math.max(48, 71.4 - ((nowMs - ms) / MINUTE_MS) * 0.12);

function batchOf(
  { host, service, programs }: Machine,
  ms: number,
  atMs: number,
  nowMs: number,
  counters: Record<'read' | 'write' | 'received' | 'sent', number>,
  backlog: number,
): SampleBatch {
  const all = [...programs, ...everywhere];
  const hard = host === 'shop-db-1' ? trouble(ms, atMs) : 0;
  const day = 1 + 0.25 * Math.sin((ms / (24 * HOUR_MS)) * 2 * Math.PI);
  const wave = (name: string, spread: number) => day * (1 + spread * (noise(host, name, ms) - 0.5));
  const cpu = all.map(({ name, cpu: usual }) => {
    if (name === 'restic') return 1 + usual * noise(name, ms) + hard * 590 * wave(name, 0.05);
    if (name === 'worker') return usual * (nowMs - ms < 6 * MINUTE_MS ? 7.2 : 1) * wave(name, 0.2);
    return usual * wave(name, 0.4) * (hard > 0 && name === 'postgres' ? 0.6 : 1);
  });
  const mem = all.map(({ name, mem: usual }) =>
    name === 'java' ? leaking(ms, nowMs) + 0.3 * noise(name, ms) : usual * (1 + 0.02 * noise(name, ms)),
  );
  const counts = all.map(({ count = 1 }) => count);
  const largest = (values: number[]) => values.map((value, i) => value / Math.min(counts[i] ?? 1, 4));
  const busy = Math.min(100, cpu.reduce((sum, value) => sum + value, 0) / CORES + 2);
  const used = Math.min(97, mem.reduce((sum, value) => sum + value, 0) + 6);
  const disk = { path: '/', usedPercent: host === 'shop-db-1' ? 74.2 : 38 + 20 * noise(host) };
  counters.read += (4 + 2 * noise('read', host, ms) + 260 * hard) * 1024 ** 2 * 60;
  counters.write += (9 + 4 * noise('write', host, ms)) * 1024 ** 2 * 60;
  counters.received += (2 + 2 * noise('in', host, ms)) * 1024 ** 2 * 60;
  counters.sent += (5 + 3 * noise('out', host, ms) + 90 * hard) * 1024 ** 2 * 60;
  const units = all.map(({ unit, name }, i) => ({
    unit: unit ?? name,
    kind: 'service' as const,
    processes: counts[i] ?? 1,
    cpu: cpu[i] ?? 0,
    cpuLimit: null,
    memBytes: Math.round(((mem[i] ?? 0) / 100) * MEMORY_BYTES),
    memLimitBytes: name === 'java' ? Math.round(0.8 * MEMORY_BYTES) : null,
    oomKills: 0,
  }));
  return {
    id: randomUUID(),
    host,
    service,
    time: new Date(ms).toISOString(),
    intervalMs: MINUTE_MS,
    names: all.map(({ name }) => name),
    count: counts,
    cpu,
    cpuMax: largest(cpu),
    mem,
    memMax: largest(mem),
    rssBytes: mem.map((value) => Math.round((value / 100) * MEMORY_BYTES)),
    units,
    unit: all.map((_, i) => i),
    hostUsage: { cpu: busy, mem: used, cores: CORES, memTotalBytes: MEMORY_BYTES, disks: [disk] },
    hostMetrics: metricsOf(busy, used, disk, counters),
    backlog,
  };
}

function metricsOf(
  busy: number,
  used: number,
  disk: { path: string; usedPercent: number },
  counters: Record<'read' | 'write' | 'received' | 'sent', number>,
): HostMetric[] {
  return [
    {
      measurement: 'cpu',
      tags: { cpu: 'cpu-total' },
      fields: { usage_user: busy * 0.8, usage_system: busy * 0.2, usage_idle: 100 - busy, usage_iowait: 0 },
    },
    { measurement: 'mem', tags: {}, fields: { used_percent: used, total: MEMORY_BYTES } },
    { measurement: 'disk', tags: { path: disk.path }, fields: { used_percent: disk.usedPercent } },
    {
      measurement: 'diskio',
      tags: { name: 'nvme0n1' },
      fields: { read_bytes: Math.round(counters.read), write_bytes: Math.round(counters.write) },
    },
    {
      measurement: 'net',
      tags: { interface: 'eth0' },
      fields: { bytes_recv: Math.round(counters.received), bytes_sent: Math.round(counters.sent) },
    },
  ];
}

const iso = (ms: number) => new Date(ms).toISOString();

/** The breach that is predicted for the program that leaks. */
function leakBreach(nowMs: number) {
  return {
    at: iso(nowMs + 72 * MINUTE_MS),
    from: iso(nowMs + 55 * MINUTE_MS),
    to: iso(nowMs + 96 * MINUTE_MS),
    probability: 0.64,
    reason: `rising 0.1 %/min since ${iso(nowMs - 195 * MINUTE_MS).slice(11, 16)}`,
  };
}

function leakForecast(nowMs: number): Forecast {
  const { at: breachAt, from: breachFrom, to: breachTo, probability, reason } = leakBreach(nowMs);
  const series = { host: 'search-1', process: 'java', metric: 'mem' } as const;
  const breach = { breachAt, breachFrom, breachTo, probability, reason };
  return { ...series, time: iso(nowMs), value: 71.4, limit: 80, ...breach };
}

function alertsOf(night: Night, nowMs: number): Incident[] {
  const endMs = night.atMs + 8 * MINUTE_MS;
  const over = { color: 'RED', value: 86.4, limit: 80, reason: 'above-limit' } as const;
  const calm = { color: 'GREEN', value: 19.2, limit: 80, reason: 'below-clear-level' } as const;
  const breach = leakBreach(nowMs);
  const warnedMs = nowMs - 9 * MINUTE_MS;
  const warned = { color: 'AMBER', value: 70.3, limit: 80, reason: 'breach-predicted', breach } as const;
  const redMs = nowMs - 5 * MINUTE_MS;
  const red = { color: 'RED', value: 122.5, limit: 80, reason: 'above-limit' } as const;
  return [
    {
      id: night.closedId,
      host: night.host,
      process: null,
      metric: 'cpu',
      ...calm,
      opened: iso(night.atMs),
      since: iso(endMs),
      closed: iso(endMs),
      culprits: [{ process: night.culprit, count: 1, share: 73.8 }],
      history: [
        { time: iso(night.atMs), ...over },
        { time: iso(endMs), ...calm },
      ],
    },
    {
      id: night.predictedId,
      ...night.leak,
      metric: 'mem',
      ...warned,
      opened: iso(warnedMs),
      since: iso(warnedMs),
      closed: null,
      history: [{ time: iso(warnedMs), ...warned }],
    },
    {
      id: night.redId,
      host: 'queue-1',
      process: 'worker',
      metric: 'cpu',
      ...red,
      opened: iso(redMs),
      since: iso(redMs),
      closed: null,
      history: [{ time: iso(redMs), ...red }],
    },
  ];
}
