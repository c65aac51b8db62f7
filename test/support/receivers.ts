import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A receiver of HTTP on loopback that keeps what it was sent. */
export class HttpReceiver {
  readonly requests: { path: string; headers: IncomingMessage['headers']; body: string }[] = [];
  /** What it answers; 200 by default. */
  answer: (response: ServerResponse, request: IncomingMessage) => void = (response) => void response.end('ok');
  url = '';

  private constructor(private readonly server: Server) {}

  static async start(port = 0): Promise<HttpReceiver> {
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        receiver.requests.push({ path: request.url ?? '', headers: request.headers, body });
        receiver.answer(response, request);
      });
    });
    const receiver = new HttpReceiver(server);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return receiver;
  }

  bodies(): unknown[] {
    return this.requests.map(({ body }) => JSON.parse(body) as unknown);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

/** A real SMTP server on loopback that accepts mail and keeps it as it came. */
export class MailReceiver {
  readonly mails: string[] = [];
  port = 0;
  /** Refuses what is sent with this reply. */
  refuse: { code: number; text: string } | undefined;

  private constructor(private readonly server: SMTPServer) {}

  /** @param tls offers STARTTLS with the certificate that smtp-server brings for tests */
  static async start(tls: boolean): Promise<MailReceiver> {
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: tls ? [] : ['STARTTLS'],
      logger: false,
      closeTimeout: 100,
      onData: (stream, _session, done) => {
        let text = '';
        stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        stream.on('end', () => {
          const { refuse } = receiver;
          if (refuse) return done(Object.assign(new Error(refuse.text), { responseCode: refuse.code }));
          receiver.mails.push(text);
          done();
        });
      },
    });
    server.on('error', () => undefined);
    const receiver = new MailReceiver(server);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()));
    receiver.port = (server.server.address() as AddressInfo).port;
    return receiver;
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
