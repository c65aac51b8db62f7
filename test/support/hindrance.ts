import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { routes } from '#domain';

/**
 * A proxy in front of a server, as companies have them: it passes answers on, and of the stream, which never ends, nothing
 * ever comes through. Returns its URL and what ends it.
 */
export async function startHindrance(serverUrl: string): Promise<{ url: string; close: () => void }> {
  const target = new URL(serverUrl);
  const proxy: Server = createServer((incoming, outgoing) => {
    if (incoming.url?.startsWith(routes.stream)) return;
    const { hostname, port, host } = target;
    const { method, url: path } = incoming;
    const passed = request({ hostname, port, method, path, headers: { ...incoming.headers, host } }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    close: () => {
      proxy.close();
      proxy.closeAllConnections();
    },
  };
}
