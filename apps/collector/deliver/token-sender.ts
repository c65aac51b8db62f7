import { parseAnswer } from '#client/parse-answer';
import type { SampleSender, SendAnswer } from '#client';
import { madeToken } from '#domain/token';
import type { Log } from '#runtime/log';
import type { TokenFile } from './token-file.js';

export interface TokenSenderParts {
  sender: SampleSender;
  /** What this host was given. */
  token: string | undefined;
  /** Where it was given none: changed for one of its own, which is kept in the file. */
  enrolToken: string | undefined;
  file: TokenFile;
  host: string;
  log: Log;
}

/**
 * Sends with the token that this host was given. Where it has an enrolment token instead, it sends with one of its own: the
 * one that is kept, else one that it gets for the enrolment token. While there is none, nothing is sent; where the server
 * refuses the one that there is, it gets another.
 */
export class TokenSender {
  private token: string | undefined;
  private enrolling: Promise<SendAnswer | undefined> | undefined;

  constructor(private readonly parts: TokenSenderParts) {
    const { token, enrolToken, file, host } = parts;
    this.use(token ?? (enrolToken === undefined ? undefined : file.read(host)));
  }

  /** What to show the server now; undefined while this host is not enrolled. */
  get current(): string | undefined {
    return this.token;
  }

  async send(body: Uint8Array, gzipped: boolean, signal?: AbortSignal): Promise<SendAnswer> {
    const failed = await this.enrol(signal);
    if (failed) return failed;
    const used = this.token;
    const answer = await this.parts.sender.send(body, gzipped, signal);
    if (answer.status === 401) this.refused(used);
    return answer;
  }

  askTime(signal?: AbortSignal): Promise<SendAnswer> {
    return this.parts.sender.askTime(signal);
  }

  /** Gets a token where there is none; resolves with what went wrong, under no status, since it is no answer to a batch. */
  enrol(signal?: AbortSignal): Promise<SendAnswer | undefined> {
    const { enrolToken } = this.parts;
    if (this.token !== undefined || enrolToken === undefined) return Promise.resolve(undefined);
    this.enrolling ??= this.ask(enrolToken, signal).finally(() => (this.enrolling = undefined));
    return this.enrolling;
  }

  /** The server does not take this token any more. */
  refused(token: string | undefined): void {
    if (this.parts.token !== undefined || token === undefined || token !== this.token) return;
    this.parts.log.warn('The server does not take the token of this host any more; it enrols again');
    this.use(undefined);
  }

  private async ask(enrolToken: string, signal: AbortSignal | undefined): Promise<SendAnswer | undefined> {
    const { sender, host, file, log } = this.parts;
    const answer = await sender.enrol(host, enrolToken, signal);
    const made = parseAnswer(madeToken, answer.made);
    if (made.success) {
      this.use(made.data.token);
      const problem = file.write({ host, token: made.data.token });
      log.log(`Enrolled as "${host}" with a token of its own, ${made.data.id}`);
      if (problem !== undefined) log.warn(`It can't be kept (${problem}), so the next start enrols again`);
      return undefined;
    }
    const code = answer.code === undefined ? '' : `${answer.code} `;
    const reason = answer.status === 0 ? answer.message : `${answer.status} ${code}${answer.message}`.trim();
    return { status: 0, retryAfterMs: answer.retryAfterMs, message: `"${host}" is not enrolled: ${reason}` };
  }

  private use(token: string | undefined): void {
    this.token = token;
    this.parts.sender.setToken(token);
  }
}
