import type { AmberwatchClient } from '#client';
import type { Dispatcher } from './notifiers/dispatcher.js';

/** What people ask of the channels through the server: to be quiet (silences) and to send a sample. */
export class ChannelRequests {
  private readonly tested = new Set<string>();

  constructor(
    private readonly client: AmberwatchClient,
    private readonly dispatcher: Dispatcher,
  ) {}

  /** Rejects where the server is away. */
  async read(signal: AbortSignal): Promise<void> {
    const { client, dispatcher } = this;
    // Silences first, so that a sample that was answered shows that they were read too.
    await this.readSilences(signal);
    const { tests } = await client.notifyTests({ signal });
    for (const { id, results } of tests) {
      if (results !== null || this.tested.has(id)) continue;
      this.tested.add(id);
      await client.putNotifyTestResults(id, { results: await dispatcher.test() }, { signal });
    }
  }

  async readSilences(signal: AbortSignal): Promise<void> {
    const { client, dispatcher } = this;
    if (!dispatcher.isEmpty) dispatcher.setSilences((await client.silences({}, { signal })).silences);
  }
}
