import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../apps/cli/cli.js';
import type { Terminal } from '../../apps/cli/terminal.js';

export interface Ran {
  status: number;
  out: string;
  err: string;
}

export interface TestShell {
  /** Runs `amberwatch` with these words in this process. */
  amberwatch: (words: string[], more?: Partial<Terminal>) => Promise<Ran>;
  /** Serves on a free port of this machine until the test is over, and returns its URL. */
  serve: (listener: RequestListener) => Promise<string>;
  folder: string;
  environment: Record<string, string | undefined>;
  close: () => Promise<void>;
}

/** A shell with an environment, a folder and servers of its own, for one test. */
export function testShell(): TestShell {
  const folder = mkdtempSync(join(tmpdir(), 'amberwatch-cli-'));
  const environment: Record<string, string | undefined> = {
    ...Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined])),
    DATA_JSON_PATH: join(folder, 'data.json'),
  };
  const closers: (() => Promise<void>)[] = [];
  return {
    folder,
    environment,
    amberwatch: async (words, more = {}) => {
      const ran = { status: 0, out: '', err: '' };
      ran.status = await run(words, { ...silentTerminal(ran, environment), ...more });
      return ran;
    },
    serve: async (listener) => {
      const server = createServer(listener);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      closers.push(async () => {
        server.closeAllConnections();
        await new Promise<void>((resolve) => server.close(() => resolve()));
      });
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    close: async () => {
      await Promise.all(closers.map((close) => close()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function silentTerminal(ran: Ran, environment: Record<string, string | undefined>): Terminal {
  return {
    out: (text) => void (ran.out += text),
    err: (text) => void (ran.err += text),
    columns: undefined,
    rows: undefined,
    color: false,
    rewritesErr: false,
    environment,
    untilStopped: () => new AbortController().signal,
    onTyped: () => ({ end: () => undefined }),
    onResize: () => ({ end: () => undefined }),
  };
}

/** Answers `/servers` and `/<address>` from a table; a text is sent as it is, a number is a status. */
export function cluster(servers: Record<string, unknown>): RequestListener {
  return (request, response) => {
    const name = decodeURIComponent((request.url ?? '').slice(1));
    const value = name === 'servers' ? Object.keys(servers) : servers[name];
    if (value === undefined) response.writeHead(400).end('{"error": "Invalid IP"}');
    else if (typeof value === 'number') response.writeHead(value).end('oh no');
    else if (typeof value === 'string') response.end(value);
    else if (typeof value === 'function') value(request, response);
    else response.end(JSON.stringify(value));
  };
}
