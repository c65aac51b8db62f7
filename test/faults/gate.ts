import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { routes, type SampleBatch } from '#domain';

/** What it does with a batch: hands it on, refuses it, or hands it on and never says that it was taken. */
export type GateMode = 'open' | 'away' | 'deaf';

export interface TakenBatch {
  batch: SampleBatch;
  /** When the server acknowledged it, in Unix milliseconds. */
  atMs: number;
}

/** Stands before the server of collectors, and knows every batch that the server has acknowledged. */
export class Gate {
  mode: GateMode = 'open';
  /** By their ids, those that the server has. */
  readonly taken = new Map<string, TakenBatch>();
  url = '';
  private readonly server: Server;

  private constructor(private readonly target: () => string) {
    this.server = createServer((request, response) => {
      this.pass(request, response).catch(() => response.destroy());
    });
  }

  static async start(target: () => string): Promise<Gate> {
    const gate = new Gate(target);
    gate.server.listen(0, '127.0.0.1');
    await once(gate.server, 'listening');
    gate.url = `http://127.0.0.1:${(gate.server.address() as AddressInfo).port}`;
    return gate;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { mode } = this;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (mode === 'away') {
      response.writeHead(503).end();
      return;
    }
    const { method = 'GET', url = '/', headers } = request;
    const kept = ['content-type', 'content-encoding'].flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value] as [string, string]] : [];
    });
    const sent = method === 'GET' ? {} : { body };
    const answer = await fetch(`${this.target()}${url}`, { method, headers: kept, ...sent });
    const text = await answer.text();
    if (answer.ok && method === 'PUT' && url === routes.samples) {
      const batch = JSON.parse((headers['content-encoding'] ? gunzipSync(body) : body).toString()) as SampleBatch;
      this.taken.set(batch.id, { batch, atMs: Date.now() });
    }
    if (mode === 'deaf') return;
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
    response.end(text);
  }
}
