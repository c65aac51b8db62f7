import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testShell, type TestShell } from '../../test/support/command-line.js';
import { allOptions, type CommandRow } from './command.js';
import { commands } from './command-table.js';

let shell: TestShell;
beforeEach(() => {
  shell = testShell();
});
afterEach(() => shell.close());

describe('wrong use', () => {
  it.each([
    [['srevers'], 'There is no command "srevers". Did you mean servers? Try amberwatch --help.'],
    [['serv'], 'There is no command "serv". Did you mean servers? Try amberwatch --help.'],
    [['xyzzy'], 'There is no command "xyzzy". Try amberwatch --help.'],
    [['__proto__'], 'There is no command "__proto__". Try amberwatch --help.'],
    [['servers', '--prot', '80'], 'amberwatch servers has no option --prot. Did you mean --port?'],
    [['servers', '--constructor'], 'amberwatch servers has no option --constructor.'],
    [['servers', '-p', '80'], 'amberwatch servers has no option -p.'],
    [['servers', '--port', 'abc'], '--port must be a whole number from 1 to 65535, not "abc".'],
    [['servers', '--port', '99999'], '--port must be a whole number from 1 to 65535, not "99999".'],
    [['servers', '--port'], '--port needs a value: --port N.'],
    [['servers', '--service', '--json'], '--service needs a value: --service NAME.'],
    [['servers', '--json=yes'], '--json takes no value, but it got "yes".'],
    [['servers', 'port', '80'], 'amberwatch servers can\'t use "port". Did you mean --port?'],
    [['servers', '--timeout', '5'], '--timeout must be a duration such as 500ms, 10s or 5m, not "5".'],
    [['servers', '--url', 'localhost:80'], '--url must be a URL such as http://127.0.0.1:8000, not "localhost:80".'],
    [['servers', '--url', 'http://a', '--port', '1'], '--url and --port are two ways to say the same; give one.'],
    [['--port', '80', 'servers'], 'Options stand behind the command: amberwatch servers --port …'],
    [['--prot'], 'There is no option --prot. Did you mean --port? Try amberwatch --help.'],
    [['utilisation'], 'amberwatch utilisation needs URL....'],
    [['utilisation', 'data.json'], 'Each URL must be a URL such as http://127.0.0.1:8000, not "data.json".'],
    [
      ['simulate', '--scenario', 'leek'],
      '--scenario must be one of mixed, leak, spike, flap, silent, not "leek". Did you mean leak?',
    ],
    [['completion', 'fisch'], 'There is a completion for bash, zsh and fish, not for "fisch". Did you mean fish?'],
    [['silence'], 'amberwatch silence needs a word behind it: list, add, end, ack.'],
    [
      ['silence', 'ad', '--host', 'a'],
      'There is amberwatch silence with list, add, end, ack, not with "ad". Did you mean add?',
    ],
    [['silence', 'list', '--for', '1h'], 'amberwatch silence list has no option --for.'],
    [['silence', 'ack'], 'amberwatch silence ack needs ID.'],
    [['silence', '--for', '1h', 'ack'], 'amberwatch silence ack needs ID.'],
    [['rules', 'check', 'a.yaml', 'b.yaml'], 'amberwatch rules check can\'t use "b.yaml".'],
    [['notify', '__proto__'], 'There is amberwatch notify with test, route, not with "__proto__".'],
    [['interval', 'web-1', 'often'], 'The interval must be a duration from 1s to 1h, such as 10s, not "often".'],
  ])('%j is one sentence and exit status 2', async (words, sentence) => {
    const { status, out, err } = await shell.amberwatch(words);
    expect({ status, out, err }).toEqual({ status: 2, out: '', err: `${sentence}\n` });
  });

  it('names every wrong setting', async () => {
    Object.assign(shell.environment, { CPU_LIMIT: 'many', GET_REQ_HEADER: '[1' });
    const { status, err } = await shell.amberwatch(['servers']);
    expect(status).toBe(2);
    expect(err).toContain('CPU_LIMIT: a number from 0 to 1000000, not "many"');
    // It may hold a token, so what it is stays untold.
    expect(err).toContain('GET_REQ_HEADER: must be a JSON object of header names and texts');
  });
});

describe('help', () => {
  it('lists every command with --help, and with no command at all as wrong use', async () => {
    const { status, out } = await shell.amberwatch(['--help']);
    expect(status).toBe(0);
    for (const name of Object.keys(commands)) expect(out).toContain(`\n  ${name} `);
    expect(await shell.amberwatch([])).toEqual({ status: 2, out, err: '' });
  });

  it.each(Object.keys(commands))('of %s shows its options and examples', async (name) => {
    const { status, out } = await shell.amberwatch([name, '--help']);
    expect(status).toBe(0);
    expect(out).toContain('Examples\n');
    for (const option of Object.keys(allOptions(commands[name] as CommandRow))) expect(out).toContain(`--${option}`);
  });

  it('has --version say what package.json says', async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
      version: string;
    };
    expect(await shell.amberwatch(['--version'])).toEqual({ status: 0, out: `${version}\n`, err: '' });
  });
});
