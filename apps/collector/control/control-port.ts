import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StartError } from '#runtime/service';
import type { Log } from '#runtime';

/** Nobody but this machine reaches the control port. */
const ADDRESS = '127.0.0.1';
const REQUEST_LIMIT_MS = 10_000;

export interface Page {
  type: string;
  body: string;
}

/** Routes that take a request as a whole; false where the path is none of theirs. */
export interface Routes {
  handle: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** What answers a path: the page as it is now. */
export type Pages = Record<string, () => Page>;

/** The collector's own small web server for metrics, health and the original reporter's routes. */
export class ControlPort {
  private server: Server | undefined;

  constructor(
    private readonly pages: Pages,
    private readonly log: Log,
    private readonly routes?: Routes,
  ) {}

  get port(): number | undefined {
    return (this.server?.address() as AddressInfo | null | undefined)?.port;
  }

  /**
   * @param port where to listen; 0 takes any free one
   * @param chosen true where the user named that port: then a taken one is a reason not to start
   * @throws StartError naming the port
   */
  async listen(port: number, chosen: boolean): Promise<void> {
    const server = createServer(
      { requestTimeout: REQUEST_LIMIT_MS, headersTimeout: REQUEST_LIMIT_MS },
      (request, response) => this.answer(request, response),
    );
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, ADDRESS, resolve);
      });
    } catch (error) {
      const sentence = `The control port ${port} can't be used (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`;
      if (chosen) throw new StartError(`${sentence}; choose another one by AMBERWATCH_CONTROL_PORT.`, { cause: error });
      this.log.warn(`${sentence}; the collector runs without it. AMBERWATCH_CONTROL_PORT chooses another one.`);
      return;
    }
    this.server = server;
    this.log.log(`Control port on http://${ADDRESS}:${this.port}`);
  }

  async close(): Promise<void> {
    const { server } = this;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    if (this.routes?.handle(request, response)) return;
    const path = (request.url ?? '/').split('?', 1)[0] as string;
    const page = Object.hasOwn(this.pages, path) ? this.pages[path] : undefined;
    if (!page) return fail(response, 404, 'NOT_FOUND', `there is no route ${path.slice(0, 200)}`);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return fail(response, 405, 'METHOD_NOT_ALLOWED', `${request.method ?? ''} is not allowed on ${path}`);
    }
    const { type, body } = page();
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : body);
  }
}

function fail(response: ServerResponse, statusCode: number, code: string, message: string): void {
  response.writeHead(statusCode, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ statusCode, code, message }));
}
