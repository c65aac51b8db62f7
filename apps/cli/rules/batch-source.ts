import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { type AmberwatchClient, type HostStep, readHostHistory } from '#client';
import type { HostState, SampleBatch } from '#domain';
import { readHead, readRecorded, RecordingError } from '#alarm';
import { allPages } from '#client/all-pages';
import { UsageError } from '../command.js';

/** Batches of a time, in order of time. */
export interface BatchSource {
  fromMs: number;
  toMs: number;
  batches: AsyncIterable<SampleBatch> | Iterable<SampleBatch>;
}

/** How much of the history of all hosts is in memory at once. */
const WINDOW_MS = 30 * 60_000;
/** Hosts that are asked for at once. */
const TOGETHER = 4;

/**
 * The batches of a recording, plain or gzipped.
 *
 * @throws UsageError where it can't be read or says something else
 */
export async function recordedBatches(file: string): Promise<BatchSource> {
  try {
    const bytes = await readFile(file);
    const text = file.endsWith('.gz') ? gunzipSync(bytes) : bytes;
    const [first = '', ...lines] = text.toString('utf8').split(/\r?\n/);
    const head = readHead(first);
    return { fromMs: Date.parse(head.from), toMs: Date.parse(head.to), batches: batchesOf(file, lines) };
  } catch (error) {
    throw asUsageError(file, error);
  }
}

function* batchesOf(file: string, lines: string[]): Generator<SampleBatch> {
  let before = '';
  for (const [i, line] of lines.entries()) {
    // The last line ends with a line break.
    if (line === '' && i === lines.length - 1) return;
    try {
      const batch = readRecorded(line, i + 2);
      if (Date.parse(batch.time) < Date.parse(before))
        throw new RecordingError(`line ${i + 2}: time ${batch.time} is before that of the line above`);
      before = batch.time;
      yield batch;
    } catch (error) {
      throw asUsageError(file, error);
    }
  }
}

function asUsageError(file: string, error: unknown): unknown {
  if (!(error instanceof RecordingError) && !(error as NodeJS.ErrnoException).code) return error;
  return new UsageError(`The recording ${file} can't be read: ${(error as Error).message}.`, { cause: error });
}

/** What the server has stored: the largest process of each program in each step, and the means of the hosts themselves. */
export async function storedBatches(
  client: AmberwatchClient,
  fromMs: number,
  toMs: number,
  stepMs: number,
  only?: string,
): Promise<BatchSource> {
  const all = await allPages(
    (cursor) => client.hosts({ limit: 1000, cursor }),
    (page) => page.hosts,
  );
  const hosts = all.filter(({ host, lastTime }) => host === (only ?? host) && Date.parse(lastTime) >= fromMs);
  if (only !== undefined && !all.some(({ host }) => host === only))
    throw new UsageError(`There is no host "${only}" on the server.`);
  return { fromMs, toMs, batches: windows(client, hosts, fromMs, toMs, stepMs) };
}

async function* windows(
  client: AmberwatchClient,
  hosts: HostState[],
  fromMs: number,
  toMs: number,
  stepMs: number,
): AsyncGenerator<SampleBatch> {
  // A step belongs to one window only.
  const widthMs = Math.ceil(WINDOW_MS / stepMs) * stepMs;
  let number = 0;
  for (let startMs = Math.floor(fromMs / stepMs) * stepMs; startMs < toMs; startMs += widthMs) {
    const found: SampleBatch[] = [];
    const gap = { fromMs: startMs, toMs: Math.min(startMs + widthMs, toMs) };
    for (let first = 0; first < hosts.length; first += TOGETHER) {
      const some = hosts.slice(first, first + TOGETHER);
      await Promise.all(
        some.map(({ host, service, intervalMs }) => {
          const more = { ...(service !== null && { service }), intervalMs: Math.max(stepMs, intervalMs ?? 0) };
          const take = ({ hostUsage, ...step }: HostStep) =>
            void found.push({
              ...step,
              ...more,
              id: `stored-${++number}`,
              ...(hostUsage && { hostUsage: { ...hostUsage, memTotalBytes: 0 } }),
            });
          return readHostHistory(client, host, gap, take, undefined, { stepMs, sums: true });
        }),
      );
    }
    yield* found.sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
  }
}
