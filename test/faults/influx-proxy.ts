import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface ProxyAnswer {
  status: number;
  headers?: Record<string, string>;
  body: string;
}

/** What a proxy does with a request of ours: answers in InfluxDB's place, cuts once it is done, or changes what is sent. */
export interface ProxyRule {
  answer?: () => ProxyAnswer;
  cutsAfter?: boolean;
  /** All requests; those that write if left out. */
  ofAll?: boolean;
  change?: (lines: string) => string;
}

/** Stands between the server and InfluxDB, and does to requests what the rule of the moment says. */
export class InfluxProxy {
  rule: ProxyRule = {};
  /** Writes that came, when on the clock of the system, and whether the rule took them. */
  readonly writes: { atMs: number; ruled: boolean }[] = [];
  private readonly server: Server = createServer((incoming, outgoing) => {
    this.handle(incoming, outgoing).catch(() => outgoing.destroy());
  });

  private target = new URL('http://127.0.0.1');

  /** Resolves with the address that leads to that of InfluxDB. */
  async listen(target: string): Promise<string> {
    this.target = new URL(target);
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private async handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const writes = incoming.url?.startsWith('/api/v2/write') ?? false;
    const rule = writes || this.rule.ofAll ? this.rule : {};
    if (writes) this.writes.push({ atMs: Date.now(), ruled: Boolean(rule.answer ?? rule.cutsAfter) });
    if (rule.answer) {
      const { status, headers, body: text } = rule.answer();
      outgoing.writeHead(status, headers).end(text);
      return;
    }
    const answer = await this.pass(incoming, rule.change ? Buffer.from(rule.change(body.toString())) : body);
    const text = await buffer(answer);
    if (rule.cutsAfter) outgoing.destroy();
    else outgoing.writeHead(answer.statusCode ?? 502, answer.headers).end(text);
  }

  private async pass({ method, url, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
    const { hostname, port } = this.target;
    const { 'transfer-encoding': _, ...kept } = headers;
    const asked = request({ hostname, port, method, path: url, headers: { ...kept, 'content-length': body.length } });
    const answered = once(asked, 'response') as Promise<[IncomingMessage]>;
    asked.end(body);
    return (await answered)[0];
  }
}
