import { parseAnswer } from '#client/parse-answer';
import { type ControlAnswer, controlAnswer, type ControlReport } from '#domain/control';
import { fillRoute, routes } from '#domain/routes';
import { sendJson } from './json-http.js';

const TIME_LIMIT_MS = 10_000;

/** Tells the server what this collector does, and brings back what it should do. */
export class ServerReports {
  private readonly url: URL;

  constructor(
    serverUrl: string,
    private readonly token: string | undefined,
    host: string,
  ) {
    const path = new URL(serverUrl).pathname.replace(/\/+$/, '');
    this.url = new URL(path + fillRoute(routes.hostControl, { host }), serverUrl);
  }

  /** Rejects where the server is away. */
  async send(report: ControlReport): Promise<ControlAnswer> {
    const { url, token } = this;
    const answer = await sendJson(url, { method: 'PUT', body: report, token, timeoutMs: TIME_LIMIT_MS });
    const parsed = parseAnswer(controlAnswer, answer ?? {});
    if (parsed.success) return parsed.data;
    throw parsed.error;
  }
}
