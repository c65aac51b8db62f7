import { type Alert, alert, routes } from '#domain';
import { type ClientOptions, UnreachableError } from './amberwatch-client.js';
import { readEvents } from './event-stream.js';
import { fetchBy } from './fetch-by.js';
import { parseAnswer } from './parse-answer.js';

/** The server pings every 15 s; a stream that is quiet for three of them is broken, whatever TCP believes. */
const QUIET_MS = 45_000;

/** A change of an alert, a ping, or an alert that this version can't read. */
export type LiveEvent = { type: 'alert'; alert: Alert } | { type: 'ping' } | { type: 'unreadable' };

/**
 * Opens the server's live stream and resolves once it is there: changes from then on are in it. The events end where the
 * server closes the stream or the signal aborts.
 *
 * @throws UnreachableError where there is no stream, and while reading where it breaks or goes quiet
 */
export async function openLiveStream(
  { baseUrl, token, trust }: ClientOptions,
  signal: AbortSignal,
  quietMs = QUIET_MS,
): Promise<AsyncGenerator<LiveEvent>> {
  const quiet = new AbortController();
  const timer = setTimeout(() => quiet.abort(), quietMs);
  const broken = (why: string, cause?: unknown) =>
    new UnreachableError(`The live stream of ${baseUrl} ${why}`, { cause });
  let body: AsyncIterable<Uint8Array>;
  try {
    const response = await fetchBy(trust)(`${baseUrl.replace(/\/+$/, '')}${routes.stream}`, {
      headers: { accept: 'text/event-stream', ...(token && { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.any([signal, quiet.signal]),
    });
    const type = response.headers.get('content-type') ?? '';
    if (!response.ok || !response.body || !type.startsWith('text/event-stream')) {
      await response.body?.cancel();
      throw broken(`is not there: it answered ${response.status}`);
    }
    body = response.body;
  } catch (error) {
    clearTimeout(timer);
    throw error instanceof UnreachableError ? error : broken("can't be opened", error);
  }
  return follow();

  async function* heard(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      timer.refresh();
      yield chunk;
    }
  }

  async function* follow(): AsyncGenerator<LiveEvent> {
    try {
      for await (const { type, data } of readEvents(heard())) {
        if (type === 'ping') yield { type };
        if (type === 'alert') yield asAlert(data);
      }
    } catch (error) {
      if (!signal.aborted) throw broken(quiet.signal.aborted ? 'went quiet' : 'broke', error);
    } finally {
      clearTimeout(timer);
    }
  }
}

function asAlert(data: string): LiveEvent {
  try {
    const parsed = parseAnswer(alert, JSON.parse(data));
    if (parsed.success) return { type: 'alert', alert: parsed.data };
  } catch {
    // No JSON: as unreadable as what the schema refuses.
  }
  return { type: 'unreadable' };
}
