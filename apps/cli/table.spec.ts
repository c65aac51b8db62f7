import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Column, table } from './table.js';
import { textWidth, wrap } from './text-width.js';

const at = (columns: number | undefined) => ({ columns, color: false });
const widest = (text: string) => Math.max(...text.split('\n').map(textWidth));

const columns: Column[] = [
  { title: 'HOST', least: 8 },
  { title: 'CPU', align: 'right' },
  { title: 'MAX', align: 'right', importance: 1 },
  { title: 'RSS', align: 'right', importance: 2 },
];
const rows = [
  ['web-1.example.org', '80.4', '40.2', '1.2G'],
  ['db', '3.0', '3.0', '340M'],
];

describe('a table', () => {
  it('leaves out the columns of the least importance where the line is short, and says which', () => {
    expect(table(columns, rows, at(24)).split('\n')).toEqual([
      'HOST           CPU   RSS',
      'web-1.examp…  80.4  1.2G',
      'db             3.0  340M',
      '1 column left out at 24',
      'columns: MAX; a wider',
      'terminal or --json shows',
      'all',
      '',
    ]);
  });

  it('keeps all columns where cutting the widest that may be cut is enough', () => {
    expect(table(columns, rows, at(30)).split('\n')).toEqual([
      'HOST           CPU   MAX   RSS',
      'web-1.examp…  80.4  40.2  1.2G',
      'db             3.0   3.0  340M',
      '',
    ]);
  });

  it('has all columns where it is piped', () => {
    expect(table(columns, rows, at(undefined)).split('\n')[0]).toBe('HOST                CPU   MAX   RSS');
  });

  it('is never wider than the terminal, whatever stands in it', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', ' ', '漢', '🔥', '❤️', '\n', '\u001b', '\u202e', 'é', '…'),
      maxLength: 40,
    });
    const column = fc.record({
      title: fc.constantFrom('A', 'HOST', 'MEDIAN LEAD'),
      least: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
      importance: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    });
    const case_ = fc
      .array(column, { minLength: 1, maxLength: 8 })
      .chain((some) =>
        fc.tuple(
          fc.constant(some),
          fc.array(fc.array(text, { minLength: some.length, maxLength: some.length }), { maxLength: 4 }),
          fc.integer({ min: 1, max: 120 }),
        ),
      );
    fc.assert(
      fc.property(case_, ([some, cells, width]) => {
        const shown = table(some, cells, at(width));
        expect(widest(shown)).toBeLessThanOrEqual(width);
        expect(shown.split('\n').length).toBeGreaterThan(cells.length + 1);
      }),
    );
  });

  it('breaks the line about what is missing between words', () => {
    expect(wrap('two columns left out', 11)).toEqual(['two columns', 'left out']);
    expect(wrap('unbreakable', 5)).toEqual(['unbr…']);
  });
});
