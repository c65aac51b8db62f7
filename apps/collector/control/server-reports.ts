import { parseAnswer } from '#client/parse-answer';
import type { ServerTrust } from '#client/server-trust';
import { type ControlAnswer, controlAnswer, type ControlReport } from '#domain/control';
import { fillRoute, routes } from '#domain/routes';
import type { TokenSender } from '../deliver/token-sender.js';
import { AnswerError, sendJson } from './json-http.js';

const TIME_LIMIT_MS = 10_000;

/** Tells the server what this collector does, and brings back what it should do. */
export class ServerReports {
  private readonly url: URL;

  constructor(
    serverUrl: string,
    private readonly access: Pick<TokenSender, 'current' | 'enrol' | 'refused'>,
    host: string,
    private readonly trust?: ServerTrust,
  ) {
    const path = new URL(serverUrl).pathname.replace(/\/+$/, '');
    this.url = new URL(path + fillRoute(routes.hostControl, { host }), serverUrl);
  }

  /** Rejects where the server is away. */
  async send(report: ControlReport): Promise<ControlAnswer> {
    const failed = await this.access.enrol();
    if (failed) throw new Error(failed.message);
    const answer = await this.put(report);
    const parsed = parseAnswer(controlAnswer, answer ?? {});
    if (parsed.success) return parsed.data;
    throw parsed.error;
  }

  private async put(body: ControlReport): Promise<unknown> {
    const { url, access, trust } = this;
    const token = access.current;
    try {
      return await sendJson(url, { method: 'PUT', body, token, trust, timeoutMs: TIME_LIMIT_MS });
    } catch (error) {
      if (error instanceof AnswerError && error.status === 401) access.refused(token);
      throw error;
    }
  }
}
