import type { SampleBatch } from '#domain';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const GIB = 1024 ** 3;
const CORES = 4;
const MEMORY_BYTES = 16 * GIB;
/** The backup keeps disks and one core busy for so long. */
const BACKUP_MS = 40 * MINUTE_MS;
const CULPRIT_MS = 2 * MINUTE_MS;
const usual = ['nginx', 'postgres', 'java', 'redis-server', 'node', 'python3', 'sshd', 'systemd'];

/** Who uses nearly all of the host from 03:12 to 03:14. */
export const CULPRIT = 'reindex-catalog';
export const BACKUP = 'nightly-backup';

export interface NightOptions {
  host: string;
  fromMs: number;
  toMs: number;
  intervalMs: number;
  programs: number;
  /** Names that stand in the list beside the usual ones. */
  more?: string[];
}

/** 03:12 UTC of the newest night that is over for an hour at least. */
export function culpritMs(nowMs: number): number {
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS + (3 * 60 + 12) * MINUTE_MS;
  return today + 60 * MINUTE_MS <= nowMs ? today : today - DAY_MS;
}

/** The batches of one host that has a quiet night but for its backup at 01:00 and a culprit at 03:12, oldest first. */
export function* recordedNight({ host, fromMs, toMs, intervalMs, programs, more = [] }: NightOptions) {
  const fixed = [CULPRIT, BACKUP, ...more];
  const others = Array.from({ length: Math.max(0, programs - fixed.length) }, (_, i) => usual[i] ?? `worker-${i}`);
  const names = [...fixed, ...others];
  const counters = { received: 0, sent: 0, read: 0, written: 0 };
  for (let ms = fromMs, tick = 0; ms <= toMs; ms += intervalMs, tick++) {
    const use = usageAt(ms, tick, names);
    const seconds = intervalMs / 1000;
    counters.received += use.traffic * seconds;
    counters.sent += 3 * use.traffic * seconds;
    counters.read += (use.backup ? 80e6 : 2e5) * seconds;
    counters.written += (use.backup ? 20e6 : 4e5) * seconds;
    yield batchOf({ host, ms, intervalMs, names, use, counters });
  }
}

/** Between 0 and 1, the same for the same arguments. */
function noise(tick: number, place: number): number {
  const x = Math.sin(tick * 12.9898 + place * 78.233) * 43_758.5453;
  return x - Math.floor(x);
}

function usageAt(ms: number, tick: number, names: string[]) {
  const ofDay = ms % DAY_MS;
  const begin = (3 * 60 + 12) * MINUTE_MS;
  const culprit = ofDay >= begin && ofDay < begin + CULPRIT_MS;
  const backup = ofDay >= 60 * MINUTE_MS && ofDay < 60 * MINUTE_MS + BACKUP_MS;
  const day = 1 + 0.5 * Math.sin((2 * Math.PI * (ofDay - 9 * 60 * MINUTE_MS)) / DAY_MS);
  const cpu = names.map((name, i) => {
    if (name === CULPRIT) return culprit ? 340 + 10 * noise(tick, i) : 0.2;
    if (name === BACKUP) return backup ? 70 + 20 * noise(tick, i) : 0;
    return (40 / names.length) * day * (0.5 + noise(tick, i));
  });
  const mem = names.map((name, i) =>
    name === CULPRIT && culprit ? 22 : (50 / names.length) * (0.9 + 0.2 * noise(7, i)),
  );
  return { culprit, backup, cpu, mem, traffic: 2e5 * day * (0.5 + noise(tick, -1)) };
}

interface BatchParts {
  host: string;
  ms: number;
  intervalMs: number;
  names: string[];
  use: ReturnType<typeof usageAt>;
  counters: { received: number; sent: number; read: number; written: number };
}

function batchOf({ host, ms, intervalMs, names, use, counters }: BatchParts): SampleBatch {
  const busy = Math.min(100, use.cpu.reduce((sum, value) => sum + value, 0) / CORES + 2);
  const waits = use.backup ? Math.min(100 - busy, 15) : 0.1;
  const memory = Math.min(100, 10 + use.mem.reduce((sum, value) => sum + value, 0));
  const whole = (value: number) => Math.round(value);
  return {
    id: `night-${host.replace(/[^\w]/g, '-').slice(0, 20)}-${ms}`,
    host,
    time: new Date(ms).toISOString(),
    intervalMs,
    names,
    count: names.map((_, i) => 1 + (i % 3)),
    cpu: use.cpu,
    cpuMax: use.cpu.map((value) => Math.min(value, 100)),
    mem: use.mem,
    memMax: use.mem,
    rssBytes: use.mem.map((value) => whole((value / 100) * MEMORY_BYTES)),
    units: [
      { unit: 'catalog.service', kind: 'service', processes: 1, cpu: use.cpu[0] ?? null, cpuLimit: null, memBytes: whole(0.1 * MEMORY_BYTES), memLimitBytes: 4 * GIB, oomKills: 0 }, // prettier-ignore
    ],
    unit: names.map((name) => (name === CULPRIT ? 0 : null)),
    hostUsage: {
      cpu: busy,
      mem: memory,
      cores: CORES,
      memTotalBytes: MEMORY_BYTES,
      disks: [{ path: '/', usedPercent: 61 }],
    },
    hostMetrics: [
      {
        measurement: 'cpu',
        tags: { cpu: 'cpu-total' },
        fields: { usage_idle: 100 - busy - waits, usage_iowait: waits },
      },
      { measurement: 'mem', tags: {}, fields: { used_percent: memory } },
      {
        measurement: 'disk',
        tags: { path: '/', device: 'sda1', fstype: 'ext4', mode: 'rw' },
        fields: { used_percent: 61 },
      },
      { measurement: 'diskio', tags: { name: 'sda' }, fields: { read_bytes: whole(counters.read), write_bytes: whole(counters.written) } }, // prettier-ignore
      { measurement: 'net', tags: { interface: 'eth0' }, fields: { bytes_recv: whole(counters.received), bytes_sent: whole(counters.sent) } }, // prettier-ignore
    ],
  };
}

/** Sends batches, so many at once that the store commits many together; in their order as far as that allows. */
export async function sendAll(
  batches: Iterable<SampleBatch>,
  send: (batch: SampleBatch) => Promise<unknown>,
  atOnce = 128,
): Promise<number> {
  const rest = batches[Symbol.iterator]();
  let sent = 0;
  const sender = async () => {
    for (let next = rest.next(); !next.done; next = rest.next()) {
      await send(next.value);
      sent++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, sender));
  return sent;
}
