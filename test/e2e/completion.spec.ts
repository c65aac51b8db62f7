import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import { incidentOf } from '../support/messages.js';
import { type RunningApp, startServer, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';
import { hasTmux, startTerminal } from '../support/tmux.js';

const program = join(import.meta.dirname, '../../dist/apps/cli/main.js');
const has = (shell: string) => {
  const there = spawnSync(shell, ['--version']).status === 0;
  if (!there) process.stderr.write(`SKIPPED-SUITE: completion for ${shell} (apt-get install ${shell})\n`);
  return there;
};

let server: RunningApp & { url: string };
let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  server = await startServer(temporaryFolder());
  folder = temporaryFolder();
  const shim = join(folder, 'amberwatch');
  writeFileSync(shim, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  chmodSync(shim, 0o755);
  const path = `${folder}:${process.env['PATH']}`;
  env = { PATH: path, HOME: folder, TERM: 'xterm', LC_ALL: 'C.UTF-8', AMBERWATCH_SERVER_URL: server.url };
  const client = new AmberwatchClient({ baseUrl: server.url });
  const put = (host: string, names: string[]) =>
    client.putSamples({
      id: `completion-${host.length}`,
      host,
      service: 'shop',
      time: new Date().toISOString(),
      names,
      count: names.map(() => 1),
      cpu: names.map((_, i) => i),
    });
  await put('web-1', ['nginx', 'nginx exporter', 'java', 'ng\nx', "$(touch it)'"]);
  await put('web-22', ['java']);
  await client.putAlerts({ incidents: [incidentOf({ id: 'abcd1234-0000-4000-8000-000000000000', host: 'web-1' })] });
}, 60_000);
afterAll(() => stopAll([server]));

const run = (shell: string, args: string[]) => spawnSync(shell, args, { encoding: 'utf8', env, cwd: folder });
/** What the program itself answers, without descriptions. */
const answer = (...line: string[]) =>
  run('amberwatch', ['__complete', ...line])
    .stdout.trim()
    .split('\n')
    .map((text) => text.split('\t')[0]);

/** The Tab key again where the server did not answer within its short limit, as on a machine that is busy. */
const answered = <Value extends string | (string | undefined)[]>(press: () => Value) =>
  waitUntil('an answer of the server', () => {
    const value = press();
    return value.length > 0 && value[0] !== '' && value;
  });

describe('the names that only the server knows', () => {
  it('are hosts, services, programs of the host that is named, and ids of alerts and silences', async () => {
    const silence = await new AmberwatchClient({ baseUrl: server.url }).addSilence({
      kind: 'silence',
      match: { host: 'web-*' },
      by: 'me',
      why: 'test',
      until: new Date(Date.now() + 3_600_000).toISOString(),
    });
    expect(await answered(() => answer('pause', 'web'))).toEqual(['web-1', 'web-22']);
    expect(await answered(() => answer('silence', 'add', '--service', ''))).toEqual(['shop']);
    expect(await answered(() => answer('silence', 'add', '--process', 'ng'))).toEqual(['nginx exporter', 'nginx']);
    expect(await answered(() => answer('silence', 'add', '--host', 'web-22', '--process', ''))).toEqual(['java']);
    expect(await answered(() => answer('silence', 'ack', ''))).toEqual(['abcd']);
    expect(await answered(() => answer('silence', 'end', ''))).toEqual([silence.id.slice(0, 4)]);
  });

  it('are left out, without a word, where the server is away', async () => {
    const { status, stdout, stderr } = run('amberwatch', ['__complete', 'pause', '--url', 'http://127.0.0.1:1', '']);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

(has('bash') ? describe : describe.skip)('in bash', () => {
  const complete = (...words: string[]) => {
    const list = words.map((word) => `'${word}'`).join(' ');
    const script = `source <(amberwatch completion bash); COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; _amberwatch; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = run('bash', ['--norc', '-c', script]);
    return stderr + stdout.trimEnd();
  };

  it('commands, subcommands, options, values and files are completed', () => {
    expect(complete('amberwatch', 'unh')).toBe('unhealthy');
    expect(complete('amberwatch', 'silence', 'a')).toBe('add\nack');
    expect(complete('amberwatch', 'servers', '--ser')).toBe('--service');
    expect(complete('amberwatch', 'simulate', '--scenario', 'l')).toBe('leak');
    writeFileSync(join(folder, 'my rules.yaml'), '');
    expect(complete('amberwatch', 'rules', 'check', 'my')).toBe('my rules.yaml');
  });

  it('names of the server are, quoted so that the shell takes them as they are', async () => {
    expect(await answered(() => complete('amberwatch', 'pause', 'web-2'))).toBe('web-22');
    expect(await answered(() => complete('amberwatch', 'silence', 'add', '--process', 'nginx'))).toBe(
      'nginx\\ exporter\nnginx',
    );
    expect(await answered(() => complete('amberwatch', 'silence', 'add', '--process', '$'))).toBe(
      "\\$\\(touch\\ it\\)\\'",
    );
  });
});

(has('fish') ? describe : describe.skip)('in fish', () => {
  const complete = (line: string) => {
    const script = `amberwatch completion fish | source; complete -C '${line}'`;
    const { stdout, stderr } = run('fish', ['--no-config', '-c', script]);
    return stderr + stdout.trimEnd();
  };

  it('commands, subcommands with what they do, values and names of the server are completed', async () => {
    expect(complete('amberwatch un')).toMatch(/^unhealthy\tservices with fewer/);
    expect(complete('amberwatch silence a')).toMatch(/^ack\t.*\nadd\t.*$/);
    expect(complete('amberwatch top --sort m')).toBe('mem');
    expect(await answered(() => complete('amberwatch pause web-2'))).toMatch(/^web-22\tshop$/);
    expect(await answered(() => complete('amberwatch silence ack '))).toMatch(/^abcd\tRED web-1/);
  });
});

(has('zsh') && hasTmux ? describe : describe.skip)('in zsh', () => {
  it('commands, subcommands and names of the server are completed by the Tab key', async () => {
    const file = join(folder, '.zshrc');
    writeFileSync(file, 'autoload -Uz compinit && compinit -u -D\nsource <(amberwatch completion zsh)\nPS1="> "\n');
    const terminal = startTerminal(['zsh', '-i'], { columns: 100, rows: 20, env: { ...env, ZDOTDIR: folder } });
    try {
      await terminal.see(/^>$/m);
      terminal.press('-l', 'amberwatch unhea');
      terminal.press('Tab');
      await terminal.see(/amberwatch unhealthy/);
      terminal.press('C-u');
      terminal.press('-l', 'amberwatch silence ');
      terminal.press('Tab');
      await terminal.see(/ack +say that somebody[^]*list +silences, maintenance/);
      terminal.press('C-u');
      terminal.press('-l', 'amberwatch pause web-2');
      await waitUntil('a name of the server', () => {
        terminal.press('Tab');
        return terminal.lines().join('\n').includes('amberwatch pause web-22');
      });
    } finally {
      terminal.close();
    }
  });
});
