import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { UsageError } from './command.js';

/**
 * Serves on a port of this machine until the signal; port 0 takes a free one.
 *
 * @param listens told of the port once requests are taken
 * @throws UsageError where the port is taken
 */
export async function serveUntil(
  signal: AbortSignal,
  port: number,
  listener: RequestListener,
  listens: (port: number) => void,
): Promise<void> {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  }).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'EADDRINUSE' ? 'is taken by another program' : `can't be opened (${error.code})`;
    throw new UsageError(`Port ${port} ${why}.`);
  });
  listens((server.address() as AddressInfo).port);
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
