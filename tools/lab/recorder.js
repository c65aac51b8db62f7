import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { LAB } from './cgroup.js';

const COLLECTOR = fileURLToPath(new URL('../../dist/apps/collector/main.js', import.meta.url));
/** Seconds between two ticks of each collector. */
export const STEPS = [1, 10];

/** Two collectors, as users run them, and the little server that they send to; keeps what they say of the cgroups of the lab. */
export class Recorder {
  /** By run, then by step in seconds. */
  runs = new Map();
  collectors = [];
  batches = 0;

  constructor(folder) {
    this.folder = folder;
    this.server = createServer((request, response) => this.answer(request, response));
  }

  async start() {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const url = `http://127.0.0.1:${this.server.address().port}`;
    for (const step of STEPS) {
      const env = {
        PATH: process.env.PATH,
        AMBERWATCH_SERVER_URL: url,
        AMBERWATCH_HOSTNAME: `lab-${step}`,
        AMBERWATCH_INTERVAL: `${step}s`,
        AMBERWATCH_DATA: join(this.folder, `collector-${step}`),
        AMBERWATCH_CONTROL_PORT: '0',
        AMBERWATCH_METADATA: 'off',
        AMBERWATCH_HOST_METRICS: 'off',
        LOG_LEVEL: 'warn',
      };
      // They end with the lab, also where that is killed.
      this.collectors.push(
        spawn('setpriv', ['--pdeathsig', 'TERM', process.execPath, COLLECTOR], {
          env,
          stdio: ['ignore', 'inherit', 'inherit'],
        }),
      );
    }
  }

  /** What was recorded of a run: by step in seconds, a row a tick. Afterwards it is forgotten. */
  take(id) {
    const steps = this.runs.get(id) ?? {};
    this.runs.delete(id);
    return steps;
  }

  async stop() {
    for (const collector of this.collectors) {
      if (collector.exitCode !== null) continue;
      collector.kill('SIGTERM');
      await once(collector, 'exit');
    }
    this.server.closeAllConnections();
    this.server.close();
  }

  answer(request, response) {
    const chunks = [];
    request
      .on('data', (chunk) => chunks.push(chunk))
      .on('end', () => {
        const body = Buffer.concat(chunks);
        if (request.method === 'PUT' && request.url === '/api/v1/samples') {
          this.keep(JSON.parse(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body));
        }
        response.setHeader('content-type', 'application/json');
        response.end(
          JSON.stringify({ accepted: 1, expired: 0, repeated: false, serverTime: new Date().toISOString() }),
        );
      });
  }

  keep({ host, time, units = [] }) {
    this.batches++;
    const step = Number(host.slice('lab-'.length));
    for (const { unit, memBytes, memLimitBytes, oomKills, victim, largest = [] } of units) {
      // A cgroup without a name of a runtime is called by its path.
      const [lab, id] = unit.split('/').slice(-2);
      if (lab !== LAB || memBytes === null || memLimitBytes === null) continue;
      const steps = this.runs.get(id) ?? {};
      this.runs.set(id, steps);
      (steps[step] ??= []).push({
        ms: Date.parse(time),
        mem: memBytes,
        limit: memLimitBytes,
        oom: oomKills,
        victim,
        largest,
      });
    }
  }
}
