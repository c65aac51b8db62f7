import { describe, expect, it } from '@jest/globals';
import { allOptions } from '../command.js';
import { commands } from '../command-table.js';
import { cursorOf } from './cursor.js';

const values = (...line: string[]) => cursorOf(line).fixed.map(({ value }) => value);

describe('what may stand at the cursor', () => {
  it('is every command, then every option of it, from the table that the help uses', () => {
    expect(values('')).toEqual([...Object.keys(commands), '--help', '--version']);
    for (const [name, row] of Object.entries(commands)) {
      const flags = Object.keys(row.options).map((flag) => `--${flag}`);
      expect(values(name, '--')).toEqual(expect.arrayContaining([...flags, '--json', '--help']));
      const actions = Object.keys(row.actions ?? {});
      expect(values(name, '').slice(0, actions.length)).toEqual(actions);
      for (const [action, { options = {} }] of Object.entries(row.actions ?? {})) {
        expect(values(name, action, '--')).toEqual(
          expect.arrayContaining(Object.keys(options).map((flag) => `--${flag}`)),
        );
      }
    }
  });

  it('is the values of an option with fixed ones, and nothing where only the user knows', () => {
    expect(values('top', '--sort', '')).toEqual(['cpu', 'mem', 'rss', 'count', 'name']);
    expect(values('silence', 'add', '--metric', 'm')).toEqual(['cpu', 'mem', 'disk', 'inodes', 'swap', 'data']);
    expect(cursorOf(['top', '--every', ''])).toMatchObject({ fixed: [], names: undefined });
    expect(values('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(values('avg', '--ser')).toContain('--service');
  });

  it('is what the table says that a word or a value names', () => {
    expect(cursorOf(['pause', 'web']).names).toBe('host');
    expect(cursorOf(['silence', 'ack', '']).names).toBe('alert');
    expect(cursorOf(['silence', 'end', '']).names).toBe('silence');
    expect(cursorOf(['silence', 'add', '--process', '']).names).toBe('program');
    expect(cursorOf(['rules', 'check', '']).names).toBe('file');
    expect(cursorOf(['backtest', 'a.csv', 'b.csv', '']).names).toBe('file');
    expect(cursorOf(['interval', 'web-1', ''])).toMatchObject({ names: undefined, words: ['web-1'] });
    expect(cursorOf(['top', '--url', 'http://a', '--host', ''])).toMatchObject({
      options: { url: 'http://a' },
      names: 'host',
    });
  });

  it('knows the host that the line names', () => {
    expect(cursorOf(['silence', 'add', '--host', 'web-1', '--process', '']).host).toBe('web-1');
    expect(cursorOf(['silence', 'add', '--process', '']).host).toBeUndefined();
    expect(cursorOf(['interval', 'web-1', '']).host).toBe('web-1');
  });

  it('is no option that another subcommand takes, and none twice', () => {
    expect(values('silence', 'list', '--')).not.toContain('--for');
    expect(values('top', '--sort', 'cpu', '--')).not.toContain('--sort');
    expect(values('top', '--sort=cpu', '--')).not.toContain('--sort');
    expect(Object.keys(allOptions(commands['silence'] as never))).toContain('for');
  });

  it.each([
    ['nosuch', ''],
    ['__proto__', ''],
    ['silence', '__proto__', ''],
    ['silence', 'nosuch', ''],
  ])('is nothing, or options, after %j %j', (...line) =>
    expect(values(...line).filter((value) => !value.startsWith('--'))).toEqual([]),
  );
});
