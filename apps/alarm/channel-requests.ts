import type { RouteAnswer, RouteQuestion } from '#domain';
import type { AmberwatchClient } from '#client';
import type { Rules } from '#alarm';
import type { Dispatcher } from './notifiers/dispatcher.js';
import { routeAnswer } from './route-answer.js';

/** What people ask of the channels through the server: to be quiet (silences), to send a sample, and who hears of what. */
export class ChannelRequests {
  private readonly tested = new Set<string>();

  constructor(
    private readonly client: AmberwatchClient,
    private readonly dispatcher: Dispatcher,
    private readonly rules: () => Rules,
    /** ms since the epoch. */
    private readonly now: () => number,
  ) {}

  /** Rejects where the server is away. */
  async read(signal: AbortSignal): Promise<void> {
    const { client, dispatcher } = this;
    // Silences first, so that a sample that was answered shows that they were read too.
    await this.readSilences(signal);
    const { tests } = await client.notifyTests({ signal });
    for (const { id, results, route } of tests) {
      if (results !== null || this.tested.has(id)) continue;
      this.tested.add(id);
      const answer = route ? { results: [], routed: this.routed(route) } : { results: await dispatcher.test() };
      await client.putNotifyTestResults(id, answer, { signal });
    }
  }

  async readSilences(signal: AbortSignal): Promise<void> {
    const { client, dispatcher } = this;
    if (!dispatcher.isEmpty) dispatcher.setSilences((await client.silences({}, { signal })).silences);
  }

  private routed(question: RouteQuestion): RouteAnswer {
    const { names, serviceOf } = this.dispatcher;
    return routeAnswer(question, { rules: this.rules(), serviceOf, names, nowMs: this.now() });
  }
}
