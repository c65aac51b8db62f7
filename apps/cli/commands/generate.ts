import { writeFile } from 'node:fs/promises';
import { exitStatus, type Input, UsageError } from '../command.js';
import { serveUntil } from '../local-server.js';
import { randomFrom, wholeFrom } from '../simulator/random.js';
import type { Terminal } from '../terminal.js';

/** Writes, prints or serves `{"server0": 19, …}`, whole numbers from 0 to 100. */
export async function run({ options }: Input, terminal: Terminal): Promise<number> {
  const {
    servers = 10,
    seed,
    out,
    serve,
  } = options as { servers?: number; seed?: number; out?: string; serve?: number };
  const random = seed === undefined ? Math.random : randomFrom(seed);
  const data = Object.fromEntries(Array.from({ length: servers }, (_, i) => [`server${i}`, wholeFrom(random, 0, 100)]));
  const text = `${JSON.stringify(data, undefined, 2)}\n`;
  if (out !== undefined) {
    await writeFile(out, text).catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(`Can't write ${out} (${error.code}).`);
    });
    const written = options['json'] ? JSON.stringify({ file: out, servers }) : `${servers} servers written to ${out}`;
    if (serve === undefined) terminal.out(`${written}\n`);
    else terminal.err(`${written}\n`);
  }
  if (serve !== undefined) await serveData(text, serve, options['json'] === true, terminal);
  else if (out === undefined) terminal.out(text);
  return exitStatus.fine;
}

async function serveData(text: string, port: number, json: boolean, terminal: Terminal): Promise<void> {
  await serveUntil(
    terminal.untilStopped(),
    port,
    (request, response) => {
      const known = ['/', '/data.json'].includes(request.url?.split('?')[0] ?? '');
      response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
      response.end(known ? text : '{"error": "Not found"}\n');
    },
    (taken) => {
      const url = `http://127.0.0.1:${taken}/data.json`;
      terminal.out(json ? `${JSON.stringify({ url })}\n` : `Serving ${url} until Ctrl-C\n`);
    },
  );
}
