import { describe, expect, it } from '@jest/globals';
import { feedPage } from './read-feed.js';

const batch = (host: string) => ({
  id: `batch-of-${host}`,
  host,
  time: '2026-11-22T20:41:50Z',
  names: ['a'],
  count: [1],
});
const page = (...batches: unknown[]) => feedPage.parse({ cursor: 'boot.7', forecastVersion: 2, batches });

describe('a page of the feed', () => {
  it('is read whole where all can be read', () => {
    const batches = [batch('web-1'), batch('web-2')];
    expect(page(...batches)).toEqual({ cursor: 'boot.7', forecastVersion: 2, batches });
  });

  it('is read without the batches that nobody can read, and names them', () => {
    const read = page(
      batch('web-1'),
      { ...batch('web-2'), time: 'noon' },
      null,
      { ...batch('web-3'), count: [0] },
      batch('web-4'),
    );
    expect(read.batches.map(({ host }) => host)).toEqual(['web-1', 'web-4']);
    expect(read.unreadable).toEqual([
      expect.stringMatching(/^time of "web-2": /),
      expect.stringMatching(/^a batch: /),
      expect.stringMatching(/^count\.0 of "web-3": /),
    ]);
  });
});
