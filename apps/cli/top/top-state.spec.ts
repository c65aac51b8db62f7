import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { firstState, MOST_ROWS, press, type Shown, type TopState } from './top-state.js';

const nowMs = Date.parse('2026-11-24T17:40:00Z');
const shown: Shown = { nowMs, rows: 100, visible: 10, folder: 'host web-1' };
const start = firstState();
const after = (keys: string[], from = start, what: Partial<Shown> = {}) =>
  keys.reduce<TopState | undefined>((state, key) => state && press(state, key, { ...shown, ...what }), from);

describe('the keys of top', () => {
  it.each([
    ['c', { sort: 'cpu' }],
    ['m', { sort: 'mem' }],
    ['p', { sort: 'count' }],
    ['r', { sort: 'rss' }],
    ['n', { sort: 'name' }],
    ['t', { tree: 'host' }],
    ['h', { help: true }],
    ['z', { pausedMs: nowMs }],
    ['space', { pausedMs: nowMs }],
    ['left', { atMs: nowMs - 60_000 }],
    ['shift-left', { atMs: nowMs - 600_000 }],
    ['right', { atMs: undefined }],
    ['constructor', {}],
  ])('%s', (key, change) => expect(after([key])).toEqual({ ...start, ...change }));

  it('q and Ctrl-C leave it, Ctrl-C also from a filter that is typed', () => {
    expect(after(['q'])).toBeUndefined();
    expect(after(['/', 'interrupt'])).toBeUndefined();
    expect(after(['/', 'q'])?.filter).toBe('q');
  });

  it('a filter is typed after /, kept by Enter, cleared by Esc', () => {
    expect(after(['/', 'j', 'a', 'v', 'space', 'backspace', 'a'])).toMatchObject({ filter: 'java', typing: true });
    expect(after(['/', 'j', 'enter', 'm'])).toMatchObject({ filter: 'j', typing: false, sort: 'mem' });
    expect(after(['/', 'j', 'escape'])).toMatchObject({ filter: '', typing: false });
    expect(after(['/', 'j', 'enter', 'escape'])).toMatchObject({ filter: '' });
    expect(after(['/', 'j', 'up', 'clear'])).toMatchObject({ filter: '', typing: true });
  });

  it('time goes back by windows and on again until now', () => {
    const past = after(['left', 'left', 'left']);
    expect(past?.atMs).toBe(nowMs - 180_000);
    expect(after(['right'], past)?.atMs).toBe(nowMs - 120_000);
    expect(after(['shift-right'], past)?.atMs).toBeUndefined();
    expect(after(['g'], past)?.atMs).toBeUndefined();
  });

  it('any key leaves the help, and does nothing else', () => {
    expect(after(['h', 'q'])).toEqual(start);
  });

  it('Enter unfolds the marked host and folds it again', () => {
    expect([...(after(['enter'])?.unfolded ?? [])]).toEqual(['host web-1']);
    expect(after(['enter', 'enter'])?.unfolded.size).toBe(0);
    expect(after(['enter'], start, { folder: undefined })?.unfolded.size).toBe(0);
  });

  it('a page, the end and the start are where they should be', () => {
    expect(after(['page-down'])).toMatchObject({ selected: 9, first: 0 });
    expect(after(['page-down', 'page-down'])).toMatchObject({ selected: 18, first: 9 });
    expect(after(['end'])).toMatchObject({ selected: 99, first: 90, atEnd: true });
    expect(after(['end', 'up'])).toMatchObject({ selected: 98, first: 90, atEnd: false });
    expect(after(['end', 'home'])).toMatchObject({ selected: 0, first: 0 });
  });

  it('whatever is pressed, the marked row is one that there is, and visible', () => {
    const keys = [
      'up',
      'down',
      'page-up',
      'page-down',
      'home',
      'end',
      'c',
      't',
      'enter',
      '/',
      'x',
      'escape',
      'left',
      'g',
    ];
    const sizes = fc.record({ rows: fc.integer({ min: 0, max: MOST_ROWS }), visible: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...keys), { maxLength: 30 }), sizes, (pressed, { rows, visible }) => {
        const state = after(pressed, start, { rows, visible }) as TopState;
        expect(state.selected).toBeGreaterThanOrEqual(0);
        expect(state.selected).toBeLessThan(Math.max(1, rows));
        expect(state.selected - state.first).toBeGreaterThanOrEqual(0);
        expect(state.selected - state.first).toBeLessThan(visible);
      }),
    );
  });
});
