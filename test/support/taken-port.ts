import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** A port of this machine that another program listens on for as long as the test's process runs. */
export async function takePort(): Promise<string> {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  blocker.unref();
  return String((blocker.address() as AddressInfo).port);
}
