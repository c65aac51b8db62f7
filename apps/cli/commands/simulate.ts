import { exitStatus, type Input } from '../command.js';
import { serveUntil } from '../local-server.js';
import { clusterListener } from '../simulator/cluster.js';
import type { Terminal } from '../terminal.js';

/** Plays a fleet of collectors against a server, or with `--serve-servers` a cluster that can be asked. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const port = input.options['serve-servers'] as number | undefined;
  if (port === undefined) return (await import('../simulator/play-fleet.js')).playFleet(input, terminal);
  const {
    servers = 150,
    seed = 1,
    latency = 0,
  } = input.options as { servers?: number; seed?: number; latency?: number };
  await serveUntil(terminal.untilStopped(), port, clusterListener({ servers, seed, latencyMs: latency }), (taken) => {
    const url = `http://127.0.0.1:${taken}`;
    const text = `Serving ${servers} servers on ${url}/servers until Ctrl-C`;
    terminal.out(`${input.options['json'] ? JSON.stringify({ url, servers }) : text}\n`);
  });
  return exitStatus.fine;
}
