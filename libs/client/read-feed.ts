import { sampleBatch, type SampleBatch, sampleFeed, type SampleFeed } from '#domain';
import { z } from 'zod';
import { parseAnswer } from './parse-answer.js';

/** A page of the feed with what of it can be read. */
export interface FeedPage extends SampleFeed {
  /** What is wrong with each batch that was stepped over, such as `names.3 of "web-1": …`; left out where there are none. */
  unreadable?: string[];
}

/** A page whose batches are read one by one: one that nobody can read must not keep the others from their readers. */
export const feedPage = sampleFeed
  .extend({ batches: z.array(z.unknown()) })
  .transform(({ batches, ...page }): FeedPage => {
    const read: SampleBatch[] = [];
    const unreadable: string[] = [];
    for (const batch of batches) {
      const parsed = parseAnswer(sampleBatch, batch);
      if (parsed.success) read.push(parsed.data);
      else unreadable.push(problemOf(batch, parsed.error));
    }
    return { ...page, batches: read, ...(unreadable.length > 0 && { unreadable }) };
  });

function problemOf(batch: unknown, { issues: [issue] }: z.ZodError): string {
  const { host } = (batch ?? {}) as { host?: unknown };
  const of = typeof host === 'string' ? ` of ${JSON.stringify(host.slice(0, 100))}` : '';
  return `${issue?.path.slice(0, 5).join('.') || 'a batch'}${of}: ${issue?.message}`.slice(0, 300);
}
