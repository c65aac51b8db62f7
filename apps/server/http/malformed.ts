import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorCatalogue, type ErrorCode, type ErrorReply } from '#domain';
import { securityHeaderLines, securityHeaders } from '#runtime';

interface Refusal {
  code: ErrorCode;
  message: string;
}

const byCode: Record<string, Refusal> = {
  HPE_HEADER_OVERFLOW: { code: 'HEADERS_TOO_LARGE', message: 'The header, path included, is larger than 16 kB.' },
  ERR_HTTP_REQUEST_TIMEOUT: { code: 'REQUEST_TIMEOUT', message: 'The request did not arrive whole in time.' },
};

/**
 * Answers bytes on a connection that Node can't read as a request, in the one shape of an error, and ends the connection.
 * What is half sent stays as it is.
 */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  const answering = (socket as { _httpMessage?: ServerResponse })._httpMessage;
  if (error.code === 'ECONNRESET' || !socket.writable || answering?.headersSent === true) {
    socket.destroy();
    return;
  }
  const { message } = error;
  const known = byCode[error.code ?? ''];
  end(socket, known ?? { code: 'INVALID', message: `This is not valid HTTP: ${message.slice(0, 200)}.` });
}

/** Answers what Node hands out apart from requests, or would answer without a body. */
export function refuseOddRequests(server: Server): void {
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    end(socket, { code: 'METHOD_NOT_ALLOWED', message: 'CONNECT is not allowed here.' });
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const expected = request.headers.expect?.slice(0, 100) ?? '';
    const body = bodyOf({ code: 'INVALID', message: `Expect: "${expected}" can't be met, only 100-continue.` });
    const length = Buffer.byteLength(body);
    response
      .writeHead(400, {
        ...securityHeaders,
        'content-type': 'application/json; charset=utf-8',
        'content-length': length,
        connection: 'close',
      })
      .end(body);
  });
}

function bodyOf({ code, message }: Refusal): string {
  return JSON.stringify({ statusCode: errorCatalogue[code].status, code, message } satisfies ErrorReply);
}

function end(socket: Duplex, refusal: Refusal): void {
  const { status } = errorCatalogue[refusal.code];
  const body = bodyOf(refusal);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${securityHeaderLines}` +
      'Content-Type: application/json; charset=utf-8\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
