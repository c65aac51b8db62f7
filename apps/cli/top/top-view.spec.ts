import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { HostTotal, ProgramUsage } from '#domain';
import { textWidth } from '../text-width.js';
import { type Reading, requestOf } from './top-reader.js';
import { rowsOf } from './top-rows.js';
import { firstState, inView, sorts, type TopState, trees } from './top-state.js';
import { linesOf, visibleRows } from './top-view.js';

const nowMs = Date.parse('2026-11-24T17:40:00Z');
const start = firstState();
const used = { count: 2, cpuTotal: 80.4, cpuMax: 40.2, memTotal: 3, rssBytes: 1.2 * 2 ** 30 };
const lastTime = '2026-11-24T17:40:00Z';
const program = (host: string, process: string): ProgramUsage => ({
  ...used,
  host,
  process,
  samples: 6,
  cpu: 40.2,
  mem: 1.5,
  memMax: 2,
  lastTime,
});
const total = (host: string, service: string | null, cpuTotal: number): HostTotal => ({
  ...used,
  host,
  service,
  programs: 3,
  cpuTotal,
  lastTime,
});
const reading = (part: Partial<Reading>): Reading => ({
  programs: [],
  hosts: [],
  unfolded: new Map(),
  readMs: nowMs,
  ...part,
});
const picture = (state: TopState, read: Reading, size: { columns: number; rows: number }, trouble?: string) =>
  linesOf({ state, reading: read, rows: rowsOf(state, read), trouble, nowMs }, { ...size, color: false });
// oxlint-disable-next-line no-control-regex -- colours are made of one
const plain = (lines: string[]) => lines.map((line) => line.replaceAll(/\u001b\[\d*m/g, '').trimEnd());

// oxlint-disable no-control-regex -- it is control characters that must not come out
describe('the picture of top', () => {
  it('has the title, the table with the marked row, and the keys', () => {
    const lines = picture(start, reading({ programs: [program('web-1', 'nginx')] }), { columns: 80, rows: 6 });
    expect(lines[3]).toMatch(/^\u001b\[7mweb-1.*\u001b\[0m$/);
    expect(plain(lines)).toEqual([
      'amberwatch top  17:40:00Z, by cpu, mean of 60 s',
      '',
      'HOST   PROGRAM  COUNT  CPU %  MAX %  MEM %   RSS',
      'web-1  nginx        2   80.4   40.2    3.0  1.2G',
      '',
      'c cpu m mem p count  / filter  t tree  ←→ time  h help  q quit',
    ]);
  });

  it('has the unit of each program where one is in any and there is room', () => {
    const programs = [{ ...program('web-1', 'nginx'), unit: 'shop\u001b.service' }, program('web-1', 'sh')];
    const lines = (columns: number) => plain(picture(start, reading({ programs }), { columns, rows: 7 }));
    expect(lines(80).slice(2, 5)).toEqual([
      'HOST   PROGRAM  COUNT  CPU %  MAX %  MEM %   RSS  UNIT',
      'web-1  nginx        2   80.4   40.2    3.0  1.2G  shop\\x1b.service',
      'web-1  sh           2   80.4   40.2    3.0  1.2G  -',
    ]);
    expect(lines(55)[2]).toBe('HOST   PROGRAM  COUNT  CPU %  MAX %  MEM %   RSS');
    expect(lines(55)[1]).toBe('left out for want of room: UNIT');
  });

  it('shows a moment of the past, a pause, a filter and what went wrong', () => {
    const size = { columns: 100, rows: 6 };
    const past = { ...start, atMs: nowMs - 3_600_000, filter: 'ja\u001b', pausedMs: nowMs };
    const lines = picture(past, reading({}), size);
    expect(plain(lines).slice(0, 2)).toEqual([
      'amberwatch top  2026-11-24 16:40:00Z, 60 min ago PAUSED, by cpu, mean of 60 s',
      'filter "ja\\x1b" (Esc clears)',
    ]);
    expect(plain(lines)[3]).toBe('No program or host matches.');
    expect(picture(start, reading({}), size, 'no answer in time')[1]).toBe('not up to date: no answer in time');
    expect(picture({ ...start, typing: true, filter: 'ja' }, reading({}), size)[1]).toBe(
      '/ja_  Enter keeps it, Esc clears it',
    );
  });

  it('unfolds services to hosts and hosts to programs, the sum of a service above', () => {
    const state = { ...start, tree: 'service' as const, unfolded: new Set(['service shop', 'host web-2']) };
    const hosts = [total('web-2', 'shop', 70), total('db', null, 60), total('web-1', 'shop', 30)];
    const unfolded = new Map([['web-2', [program('web-2', 'nginx')]]]);
    const names = rowsOf(state, reading({ hosts, unfolded })).map(({ cells }) => [cells[0], cells[3]]);
    expect(names).toEqual([
      ['▾ shop', '100.0'],
      ['  ▾ web-2', '70.0'],
      ['      nginx', '80.4'],
      ['  ▸ web-1', '30.0'],
      ['▸ (no service)', '60.0'],
    ]);
  });

  it('asks for what it shows alone: no programs of hosts that are folded, and none beside a tree', () => {
    expect(requestOf(start, 60)).toMatchObject({ rows: 60, hosts: [] });
    const tree = { ...start, tree: 'host' as const, unfolded: new Set(['host a', 'service b']) };
    expect(requestOf(tree, 60)).toMatchObject({ rows: 0, hosts: ['a'] });
    expect(requestOf({ ...start, pausedMs: nowMs }, 60).atMs).toBe(nowMs);
  });

  it('is as high as the terminal and never wider, whatever the names are', () => {
    const name = fc.string({
      unit: fc.constantFrom('a', '漢', '🔥', '❤️', '\n', '\u001b', '\u202e', 'é'),
      minLength: 1,
    });
    const states = fc.record({
      sort: fc.constantFrom(...sorts),
      tree: fc.constantFrom(...trees),
      filter: name,
      typing: fc.boolean(),
      help: fc.boolean(),
      atMs: fc.option(fc.integer({ min: 0, max: nowMs }), { nil: undefined }),
      selected: fc.nat(30),
    });
    const size = fc.record({ columns: fc.integer({ min: 20, max: 200 }), rows: fc.integer({ min: 5, max: 30 }) });
    fc.assert(
      fc.property(
        states,
        fc.array(name, { maxLength: 20 }),
        size,
        fc.option(name, { nil: undefined }),
        (some, names, terminal, trouble) => {
          const unfolded = new Set(names.map((host) => `host ${host}`));
          const state: TopState = { ...start, ...some, unfolded };
          const read = reading({
            programs: names.map((one) => program(one, one)),
            hosts: names.map((one, i) => total(one, i % 2 === 0 ? one : null, i)),
            unfolded: new Map(names.map((one) => [one, [program(one, one)]])),
          });
          const seen = inView(state, rowsOf(state, read).length, visibleRows(terminal));
          const lines = plain(picture(seen, read, terminal, trouble));
          expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(terminal.columns);
          expect(lines.length).toBeLessThanOrEqual(terminal.rows);
          expect(lines.join('')).not.toMatch(/[\u001b\u202e\n]/);
        },
      ),
    );
  });
});
