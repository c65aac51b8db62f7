import { connect } from 'node:net';

export interface RawAnswer {
  status: number;
  headers: string;
  body: string;
}

/**
 * Sends bytes as they are over one connection and resolves with the first answer, once it is whole (by its
 * `Content-Length`, or by the end of the connection).
 */
export function sendRaw(url: string, bytes: string | Uint8Array, limitMs = 10_000): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let text = '';
    const timer = setTimeout(() => socket.destroy(new Error(`no whole answer within ${limitMs} ms: ${text}`)), limitMs);
    const finish = () => {
      clearTimeout(timer);
      socket.destroy();
      const split = text.indexOf('\r\n\r\n');
      resolve({
        status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1]),
        headers: text.slice(0, split).toLowerCase(),
        body: text.slice(split + 4),
      });
    };
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
      const split = text.indexOf('\r\n\r\n');
      if (length !== undefined && split >= 0 && Buffer.byteLength(text.slice(split + 4)) >= Number(length)) finish();
    });
    socket.once('end', finish).once('error', (error) => (clearTimeout(timer), reject(error)));
  });
}
