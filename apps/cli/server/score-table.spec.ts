import { describe, expect, it } from '@jest/globals';
import { confidenceOfMedian, confidenceOfShare } from '#domain';
import { comparisonTable } from './comparison-table.js';
import { scoreTable } from './score-table.js';

const terminal = { columns: undefined, color: false } as Parameters<typeof scoreTable>[2];

function row(name: string, hits: number, wrong: number, leads: number[]) {
  const n = hits + wrong;
  return {
    name,
    hits,
    early: 0,
    false: wrong,
    missed: 0,
    precision: n === 0 ? null : hits / n,
    recall: hits === 0 ? null : 1,
    medianLeadMs: leads[leads.length >> 1] ?? null,
    confidence: {
      precision: confidenceOfShare(hits, n),
      recall: confidenceOfShare(hits, hits),
      leadMs: confidenceOfMedian(leads),
    },
  };
}

describe('a table of scores', () => {
  it('gives each figure with its cases and its interval, and says where they are too few', () => {
    const leads = Array.from({ length: 30 }, (_, i) => i * 60_000);
    const text = scoreTable(
      'rule',
      [row('all', 30, 10, leads), row('leaks', 0, 2, []), row('none', 0, 0, [])],
      terminal,
    );
    const rows = text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/).slice(-3));
    expect(rows.slice(1)).toEqual([
      ['75 % (60–86, n 40)', '100 % (89–100, n 30)', '15 min (9 min–20 min, n 30)'],
      ['too few to say (n 2)', '–', '–'],
      ['–', '–', '–'],
    ]);
  });
});

describe('a comparison of methods', () => {
  const method = (name: string, events: number) => ({
    name,
    precision: 0.75,
    recall: 0.5,
    f1: 0.6,
    interval: [0.51, 0.68] as [number, number],
    medianLeadSteps: 7,
    falsePerSeriesDay: 0.25,
    events,
    series: 3,
    confidence: { precision: confidenceOfShare(15, 20), recall: confidenceOfShare(events / 2, events) },
    curve: [],
  });

  it('says with each figure what it rests on', () => {
    const rows = comparisonTable([method('ours', 30), method('theirs', 4), method('none', 0)], terminal)
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/).filter((cell) => cell !== ''));
    expect(rows.slice(1)).toEqual([
      ['ours', '0.60 (0.51–0.68, n 30)', '75 % (53–89, n 20)', '50 % (33–67, n 30)', '7', '0.25'],
      ['theirs', 'too few to say (n 4)', '75 % (53–89, n 20)', 'too few to say (n 4)', '7', '0.25'],
      ['none', '–', '75 % (53–89, n 20)', '–', '7', '0.25'],
    ]);
  });
});
