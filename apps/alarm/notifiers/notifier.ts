import type { Message } from '../messages/message.js';

/** The receiver will never take this message, so that another try is useless. */
export class RefusedError extends Error {
  override name = 'RefusedError';
}

/** The receiver takes nothing before this time is over. */
export class RetryLaterError extends Error {
  override name = 'RetryLaterError';

  constructor(
    message: string,
    readonly afterMs: number,
  ) {
    super(message);
  }
}

/** Where notifications go. Each channel has its own queue, so that none waits for another. */
export abstract class Notifier {
  /** Short and fit for a log, such as `slack`; no secret in it. */
  abstract readonly name: string;
  /** Whether it is told that somebody is on an alert. */
  readonly takesAcknowledgements: boolean = false;
  /**
   * Resolves once the receiver has taken the message.
   *
   * @throws RefusedError where another try is useless; any other error is tried again
   */
  abstract send(message: Message, signal: AbortSignal): Promise<void>;
}
