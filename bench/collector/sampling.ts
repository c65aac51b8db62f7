import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { ProgramTable } from '../../apps/collector/measure/programs/program-table.js';
import { LinuxReader } from '../../apps/collector/measure/readers/linux.reader.js';
import { PortableReader } from '../../apps/collector/measure/readers/portable.reader.js';

/** One way of reading all processes, which returns how many it has seen: `sampling.js <method> <ticks> <pause in ms>`. */
const methods: Record<string, () => () => number | Promise<number>> = {
  'ours-reader': () => {
    const reader = new LinuxReader({ proc: '/proc' });
    return () => reader.read().processes.length;
  },
  ours: () => {
    const reader = new LinuxReader({ proc: '/proc' });
    const table = new ProgramTable();
    return () => {
      const reading = reader.read();
      table.group(reading, 1000, Date.now());
      return reading.processes.length;
    };
  },
  'kept-raw': () => {
    const buffer = Buffer.allocUnsafe(2048);
    const kept = pids()
      .map(open)
      .filter((descriptor) => descriptor >= 0);
    return () => kept.reduce((seen, descriptor) => seen + (read(descriptor, buffer) > 0 ? 1 : 0), 0);
  },
  'open-read-close': () => {
    const buffer = Buffer.allocUnsafe(2048);
    return () => {
      let seen = 0;
      for (const pid of pids()) {
        const descriptor = open(pid);
        if (descriptor < 0) continue;
        if (read(descriptor, buffer) > 0) seen++;
        closeSync(descriptor);
      }
      return seen;
    };
  },
  'read-file': () => () => {
    let seen = 0;
    for (const pid of pids()) {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        if (stat.slice(stat.lastIndexOf(')') + 2).split(' ').length > 20) seen++;
      } catch {
        // It has ended.
      }
    }
    return seen;
  },
  promises: () => async () => {
    const found = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const stats = await Promise.allSettled(found.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8')));
    return stats.filter((one) => one.status === 'fulfilled' && one.value.split(' ').length > 20).length;
  },
  packages: () => {
    const reader = new PortableReader();
    return async () => (await reader.read()).processes.length;
  },
};

function pids(): string[] {
  return readdirSync('/proc').filter((name) => name.charCodeAt(0) >= 0x30 && name.charCodeAt(0) <= 0x39);
}

function open(pid: string): number {
  try {
    return openSync(`/proc/${pid}/stat`, 'r');
  } catch {
    return -1;
  }
}

function read(descriptor: number, buffer: Buffer): number {
  try {
    return readSync(descriptor, buffer, 0, 2048, 0);
  } catch {
    return 0;
  }
}

const [, , name = '', ticksText = '20', pauseText = '1000'] = process.argv;
const prepare = methods[name];
if (!prepare) throw new Error(`${name} is none of ${Object.keys(methods).join(', ')}`);
const method = prepare();
const ticks = Number(ticksText);
const WARM_UP = 10;
let spentUs = 0;
let seen = 0;
for (let tick = -WARM_UP; tick < ticks; tick++) {
  await new Promise((resolve) => setTimeout(resolve, tick < 0 ? 50 : Number(pauseText)));
  const before = cpuUs();
  const processes = await method();
  if (tick < 0) continue;
  spentUs += cpuUs() - before;
  seen += processes;
}
console.log(`${Math.round(seen / ticks)} ${spentUs / seen} ${process.memoryUsage.rss() / 1024 ** 2}`);
process.exit(0);

/** CPU time of this process and of its children that ended (`ps` of the packages), in µs. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return user + system + (Number(fields[13]) + Number(fields[14])) * 10_000;
}
