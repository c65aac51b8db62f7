import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { httpFeed, influxFeed, postgresFeed, redisFeed, stdinFeed } from './feeds.js';

const source = (name) => fileURLToPath(new URL(`programs/${name}`, import.meta.url));
const MiB = 1024 * 1024;

/**
 * What the lab runs. `needs` are commands, `limitMiB` is the range of limits, `ownMiB` what the program takes before its first job, `overhead`
 * what a byte that is leaked on purpose really takes, and `boundShare` to which share of the limit a bounded run fills up
 * (below the usual where its level follows the load). `prepare` is done once (compile, initdb), `start` gives the
 * command of a run and `feed` who sends its jobs. The split is by program: what is tested on was never trained on.
 */
export const programs = {
  'node-listeners': {
    needs: [],
    split: 'train',
    kinds: ['leak', 'bounded'],
    limitMiB: [128, 256],
    ownMiB: 50,
    overhead: 0.95,
    start: ({ limitBytes }) => ({
      // V8 would end itself at its own limit before the kernel does.
      command: ['node', `--max-old-space-size=${Math.round((limitBytes / MiB) * 3)}`, source('node-listeners.js')],
    }),
    feed: ({ socket }) => httpFeed({ socketPath: socket }, (leaky) => (leaky ? '/subscribe' : '/')),
  },
  'postgres-statements': {
    needs: ['psql', 'pg_config', 'setpriv'],
    split: 'train',
    kinds: ['leak', 'bounded'],
    limitMiB: [128, 224],
    ownMiB: 20,
    overhead: 1,
    boundShare: [0.35, 0.55],
    prepare(cache) {
      const folder = join(cache, 'postgres');
      mkdirSync(folder);
      const [uid, gid] = ['-u', '-g'].map((option) => Number(execFileSync('id', [option, 'postgres'])));
      chownSync(folder, uid, gid);
      execFileSync(postgresProgram('initdb'), ['-D', folder, '-A', 'trust', '--no-sync'], {
        uid,
        gid,
        cwd: folder,
        stdio: 'ignore',
      });
      return { folder, uid, gid };
    },
    start({ folder, prepared }) {
      const data = join(folder, 'data');
      execFileSync('cp', ['-a', prepared.folder, data]);
      chownSync(folder, prepared.uid, prepared.gid);
      const user = [`--reuid=${prepared.uid}`, `--regid=${prepared.gid}`, '--clear-groups'];
      const memory = ['-c', 'shared_buffers=24MB', '-c', 'work_mem=8MB', '-c', 'fsync=off'];
      const where = ['-D', data, '-c', 'listen_addresses=', '-c', `unix_socket_directories=${folder}`];
      return { command: ['setpriv', ...user, postgresProgram('postgres'), ...where, ...memory] };
    },
    feed: ({ folder, ...run }) => postgresFeed(folder, run),
  },
  'influxd-series': {
    needs: [],
    split: 'train',
    kinds: ['leak', 'bounded'],
    limitMiB: [224, 384],
    ownMiB: 60,
    overhead: 1,
    prepare: influxProgram,
    start({ prepared, folder, port }) {
      const files = ['bolt', 'sqlite', 'engine'].flatMap((name) => [`--${name}-path`, join(folder, name)]);
      const address = ['--http-bind-address', `127.0.0.1:${port}`];
      return { command: [prepared, ...address, '--reporting-disabled', '--log-level', 'error', ...files] };
    },
    feed: ({ port, ...run }) => influxFeed({ port, host: '127.0.0.1' }, run),
  },
  goroutines: {
    needs: ['go'],
    split: 'train',
    kinds: ['leak', 'bounded'],
    limitMiB: [64, 192],
    ownMiB: 5,
    overhead: 1.15,
    boundShare: [0.2, 0.36],
    prepare: (cache) => {
      execFileSync('go', ['build', '-o', join(cache, 'goroutines'), source('goroutines.go')]);
      return join(cache, 'goroutines');
    },
    start: ({ prepared }) => ({ command: [prepared] }),
    feed: ({ child }) => stdinFeed(child),
  },
  'tmpfs-logs': {
    needs: [],
    split: 'train',
    kinds: ['leak', 'bounded'],
    limitMiB: [64, 192],
    ownMiB: 2,
    overhead: 1,
    inMemory: true,
    start: () => ({ command: ['sh', source('tmpfs-logs.sh')] }),
    feed: ({ child }) => stdinFeed(child),
  },
  prefork: {
    needs: ['gcc'],
    split: 'train',
    kinds: ['leak', 'bounded'],
    limitMiB: [96, 256],
    ownMiB: 2,
    overhead: 0.95,
    boundShare: [0.2, 0.36],
    prepare: (cache) => {
      execFileSync('gcc', ['-O1', '-o', join(cache, 'prefork'), source('prefork.c')]);
      return join(cache, 'prefork');
    },
    start: ({ prepared }) => ({ command: [prepared] }),
    feed: ({ child }) => stdinFeed(child),
  },
  'gcc-build': {
    needs: ['gcc'],
    split: 'train',
    kinds: ['bounded'],
    limitMiB: [96, 192],
    ownMiB: 2,
    overhead: 1,
    start: () => ({ command: ['sh', source('build.sh')] }),
    feed: ({ child }) => stdinFeed(child),
  },
  'java-heap': {
    needs: ['java', 'javac'],
    split: 'test',
    kinds: ['leak', 'bounded'],
    limitMiB: [192, 320],
    ownMiB: 40,
    overhead: 1.05,
    boundShare: [0.3, 0.4],
    prepare: (cache) => {
      execFileSync('javac', ['-d', cache, source('Heap.java')]);
      return cache;
    },
    start({ prepared, kind, limitBytes, random }) {
      // With a leak the heap may grow beyond the cgroup's limit, as where -Xmx was set for a larger machine.
      const heapMiB = Math.round((limitBytes / MiB) * (kind === 'leak' ? 1.5 : 0.5));
      const collector = random() < 0.5 ? ['-XX:+UseSerialGC'] : ['-XX:+UseG1GC', '-XX:G1PeriodicGCInterval=20000'];
      return { command: ['java', `-Xmx${heapMiB}m`, '-XX:TieredStopAtLevel=1', ...collector, '-cp', prepared, 'Heap'] };
    },
    feed: ({ child }) => stdinFeed(child),
  },
  'redis-fill': {
    needs: ['redis-server'],
    split: 'test',
    kinds: ['leak', 'bounded'],
    limitMiB: [64, 160],
    ownMiB: 8,
    overhead: 1.12,
    start({ socket, kind, boundBytes, folder }) {
      const cap =
        kind === 'bounded' ? ['--maxmemory', String(Math.round(boundBytes)), '--maxmemory-policy', 'allkeys-lru'] : [];
      return {
        command: ['redis-server', '--port', '0', '--unixsocket', socket, '--save', '', '--dir', folder, ...cap],
      };
    },
    feed: ({ socket, ...run }) => redisFeed(socket, run),
  },
  'python-cache': {
    needs: ['python3'],
    split: 'test',
    kinds: ['leak', 'bounded'],
    limitMiB: [64, 192],
    ownMiB: 10,
    overhead: 1,
    prepare: pythonProgram,
    start: ({ prepared }) => ({ command: [prepared, source('python_cache.py')] }),
    feed: ({ child }) => stdinFeed(child),
  },
  'worker-jobs': {
    needs: ['python3'],
    split: 'test',
    kinds: ['restart', 'leak'],
    limitMiB: [64, 160],
    ownMiB: 12,
    overhead: 1.05,
    prepare: pythonProgram,
    start: ({ prepared }) => ({ command: [prepared, source('worker_jobs.py')] }),
    feed: ({ child }) => stdinFeed(child),
  },
  'nginx-files': {
    needs: ['nginx'],
    split: 'test',
    kinds: ['bounded'],
    limitMiB: [48, 96],
    ownMiB: 6,
    overhead: 1,
    start: () => ({ command: ['sh', source('nginx-files.sh')] }),
    feed: ({ socket, random }) => httpFeed({ socketPath: socket }, () => `/${Math.floor(random() ** 2 * 200)}`),
  },
};

function postgresProgram(name) {
  const folder = execFileSync('pg_config', ['--bindir'], { encoding: 'utf8' }).trim();
  return join(folder, name);
}

/** The interpreter itself: what is called python3 may be a script that looks for one. */
function pythonProgram() {
  return execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
}

/** The influxd that .ci/influxd.sh has built, or INFLUXD names. */
function influxProgram() {
  return (
    process.env.INFLUXD ??
    execFileSync(fileURLToPath(new URL('../../.ci/influxd.sh', import.meta.url)), { encoding: 'utf8' })
      .trim()
      .split('\n')
      .at(-1)
  );
}
