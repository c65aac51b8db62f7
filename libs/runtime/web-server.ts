import {
  createServer as createPlainServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { TlsPair } from './tls-pair.js';

/** Time for the first byte, and for the handshake behind it. */
const HANDSHAKE_LIMIT_MS = 10_000;
/** Time for whoever came without TLS to read the answer. */
const REFUSAL_LIMIT_MS = 2_000;
/** The first byte of a TLS connection: a record of the handshake (RFC 8446, 5.1). */
const HANDSHAKE = 0x16;
/** Probes of a cluster carry no certificate, and learn nothing here but that it works. */
const forEverybody = new Set(['/health/live', '/health/ready']);

/** A web server, by TLS where a certificate is given. */
export function createWebServer(options: ServerOptions, pair: TlsPair | undefined, answer: RequestListener): Server {
  return pair ? new SecureServer(options, pair, answer) : createPlainServer(options, answer);
}

/**
 * Speaks TLS, and says so to whoever does not. Where clients need a certificate, one without gets an answer that tells it,
 * which a refused handshake would not.
 */
class SecureServer extends HttpsServer {
  private readonly sockets = new Set<Socket>();

  constructor(options: ServerOptions, pair: TlsPair, answer: RequestListener) {
    const { cert, key, ca } = pair.current;
    const client = { requestCert: ca !== undefined, rejectUnauthorized: false };
    super({ ...options, ...client, cert, key, ca, handshakeTimeout: HANDSHAKE_LIMIT_MS }, (request, response) => {
      if (ca === undefined || isWelcome(request)) answer(request, response);
      else refuseUnknown(response);
    });
    this.tellPlainOnes();
    pair.keep(this);
  }

  /** With those that are no requests yet, which Node leaves open. */
  override closeAllConnections(): void {
    super.closeAllConnections();
    for (const socket of this.sockets) socket.destroy();
  }

  /** Looks at the first byte of a connection before TLS does. */
  private tellPlainOnes(): void {
    const begin = this.listeners('connection') as ((socket: Socket) => void)[];
    this.removeAllListeners('connection');
    this.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      const late = setTimeout(() => socket.destroy(), HANDSHAKE_LIMIT_MS);
      socket.once('close', () => {
        clearTimeout(late);
        this.sockets.delete(socket);
      });
      socket.on('error', () => socket.destroy());
      socket.once('end', () => socket.end());
      socket.once('data', (first: Buffer) => {
        clearTimeout(late);
        socket.pause();
        if (first[0] !== HANDSHAKE) return refusePlain(socket);
        socket.unshift(first);
        for (const listener of begin) listener.call(this, socket);
      });
    });
  }
}

/**
 * Whether a client may ask. The certificate itself is looked for too, because Node calls a connection authorized that
 * resumes one without.
 */
function isWelcome({ socket, url = '' }: IncomingMessage): boolean {
  if (forEverybody.has(url.split('?', 1)[0] ?? '')) return true;
  const { authorized } = socket as TLSSocket;
  return authorized && (socket as TLSSocket).getPeerX509Certificate() !== undefined;
}

function refuseUnknown(response: ServerResponse): void {
  const message = 'This port needs the certificate of a client, signed by an authority that is trusted here.';
  const body = JSON.stringify({ statusCode: 403, code: 'FORBIDDEN', message });
  response.writeHead(403, { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length });
  response.end(body);
}

/** Not by another address in `Location`: whoever follows it by itself goes on to send its token in the clear first. */
function refusePlain(socket: Socket): void {
  const message = 'This port speaks TLS: use https://.';
  const body = JSON.stringify({ statusCode: 426, code: 'TLS_REQUIRED', message });
  socket.resume();
  setTimeout(() => socket.destroy(), REFUSAL_LIMIT_MS).unref();
  socket.end(
    'HTTP/1.1 426 Upgrade Required\r\nUpgrade: TLS/1.2, HTTP/1.1\r\nConnection: Upgrade, close\r\n' +
      `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}
