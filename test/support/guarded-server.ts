import { madeToken, type MadeToken, type NewToken } from '#domain';
import { askRaw, type AskedAnswer, type RawRequest } from './ask-raw.js';
import { type RunningApp, startServer, stopAll, temporaryFolder } from './processes.js';

/** A real server with a token, asked as whoever has which token. */
export class GuardedServer {
  static readonly ADMIN = 'a-token-of-enough-length';
  private batches = 0;

  private constructor(
    readonly app: RunningApp & { url: string },
    readonly folder: string,
  ) {}

  static async start(env: Record<string, string> = {}): Promise<GuardedServer> {
    const folder = temporaryFolder();
    return new GuardedServer(await startServer(folder, { AMBERWATCH_TOKEN: GuardedServer.ADMIN, ...env }), folder);
  }

  stop(): Promise<void> {
    return stopAll([this.app]);
  }

  /** @param token undefined: without one */
  ask(token: string | undefined, method: string, path: string, more: RawRequest = {}): Promise<AskedAnswer> {
    const headers = [...(token === undefined ? [] : [`Authorization: Bearer ${token}`]), ...(more.headers ?? [])];
    return askRaw(this.app.url, { ...more, method, path, headers });
  }

  async make(asked: NewToken): Promise<MadeToken> {
    return madeToken.parse(
      JSON.parse((await this.ask(GuardedServer.ADMIN, 'POST', '/api/v1/tokens', { body: asked })).body),
    );
  }

  /** Writes a sample of one program. */
  put(token: string | undefined, host: string, more: object = {}): Promise<AskedAnswer> {
    const id = `guarded-${String(++this.batches).padStart(6, '0')}`;
    const sample = { time: new Date().toISOString(), names: ['nginx'], count: [1], cpu: [1.5] };
    return this.ask(token, 'PUT', '/api/v1/samples', { body: { id, host, ...sample, ...more } });
  }

  async hosts(): Promise<string[]> {
    return JSON.parse((await this.ask(GuardedServer.ADMIN, 'GET', '/servers')).body) as string[];
  }

  /** Path and method of every operation of the document, parameters filled in. */
  async operations(parameter = 'none-such'): Promise<{ method: string; path: string }[]> {
    const { body } = await this.ask(undefined, 'GET', '/api/openapi.json');
    const { paths } = JSON.parse(body) as { paths: Record<string, object> };
    return Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({
        method: method.toUpperCase(),
        path: path.replaceAll(/\{\w+\}/g, parameter),
      })),
    );
  }
}
