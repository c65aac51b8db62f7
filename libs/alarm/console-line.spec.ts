import { describe, expect, it } from '@jest/globals';
import { hostUsage, Timeline } from '../../test/support/timeline.js';
import { consoleLine } from './console-line.js';

describe('a console line', () => {
  it('is one line that shows what is in a name and runs none of it', () => {
    const line = new Timeline();
    const names = ['evil\\', 'a b', 'x\ny', 'x\\ny', '\u001b[2J', '\u202Etxt', '__proto__', '🦊'];
    const said = line.push(10, Object.fromEntries([...names].map((name) => [name, { cpu: 90 }])));
    expect(said.map((text) => text.slice('20:00:10Z RED   web-1 '.length, -' cpu 90.0 % > 80 %'.length))).toEqual([
      'evil\\\\',
      'a b',
      'x\\ny',
      'x\\\\ny',
      '\\x1b[2J',
      '\\u{202e}txt',
      '__proto__',
      '🦊',
    ]);
  });

  it('tells the host itself from a process and a host that are named alike', () => {
    const line = new Timeline();
    expect(line.push(10, { '(host)': { cpu: 90 } }, { hostUsage: hostUsage(90, 1) })).toEqual([
      '20:00:10Z RED   web-1 (host) cpu 90.0 % > 80 % ((host) 22.5 %)',
      '20:00:10Z RED   web-1 \\(host) cpu 90.0 % > 80 %',
    ]);
    expect(line.push(20, { x: { cpu: 90 } }, { host: 'web-1 nginx' })).toEqual([
      '20:00:20Z RED   web-1\\x20nginx x cpu 90.0 % > 80 %',
    ]);
  });

  it('is coloured on request and lines up without colours', () => {
    const line = new Timeline();
    line.push(10, { nginx: { cpu: 90 } });
    const action = line.actions[0];
    if (action?.kind !== 'change') throw new Error('nothing changed');
    expect(consoleLine(action, Date.parse('2026-11-22T20:41:50.9Z'))).toBe(
      '2026-11-22T20:41:50Z RED   web-1 nginx cpu 90.0 % > 80 %',
    );
    expect(consoleLine(action, 0, true)).toContain('\u001b[31;1mRED  \u001b[0m web-1');
  });
});
