import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type AppName, type RunningApp, startApp, stopAll, temporaryFolder } from '../support/processes.js';
import { takePort } from '../support/taken-port.js';

const apps: RunningApp[] = [];
afterEach(() => stopAll(apps.splice(0)));

/** Starts a service that can't start and waits for its end. */
async function failing(name: AppName, env: Record<string, string>, args: string[] = []) {
  const ports = { AMBERWATCH_PORT: '0', AMBERWATCH_CONTROL_PORT: '0', AMBERWATCH_ALARM_PORT: '0' };
  const app = startApp(name, { AMBERWATCH_DATA: temporaryFolder(), ...ports, ...env }, { args });
  apps.push(app);
  return { status: await app.exited, output: app.output() };
}

describe('a service that can not start', () => {
  const file = () => {
    const path = `${temporaryFolder()}/file`;
    writeFileSync(path, '');
    return path;
  };
  const channel = { AMBERWATCH_WEBHOOK_URL: 'http://hooks.example.com/' };
  const where = 'Set it to a folder that this user may write to.';

  it.each<
    [what: string, name: AppName, env: () => Record<string, string> | Promise<Record<string, string>>, said: string]
  >([
    ['a folder that can not be made', 'server', () => ({ AMBERWATCH_DATA: '/proc/x' }), where],
    ['a file in place of its folder', 'server', () => ({ AMBERWATCH_DATA: file() }), 'is a file, no folder. Set it'],
    ['a file in place of its folder', 'collector', () => ({ AMBERWATCH_DATA: file() }), 'is a file, no folder. Set it'],
    [
      'a file in place of its folder',
      'prediction',
      () => ({ AMBERWATCH_DATA: file() }),
      'is a file, no folder. Set it',
    ],
    ['a folder below a file', 'collector', () => ({ AMBERWATCH_DATA: `${file()}/x` }), 'lies within a file. Set it'],
    ['no place for its outbox', 'alarm', () => ({ ...channel, AMBERWATCH_DATA: '/proc/x' }), where],
    ['no /proc', 'collector', () => ({ HOST_PROC: '/nonexistent' }), 'HOST_PROC: /nonexistent is no /proc of a host'],
    ['no root', 'collector', () => ({ HOST_ROOT: '/nonexistent' }), 'HOST_ROOT: there is no /nonexistent'],
    ['no naming rules', 'collector', () => ({ AMBERWATCH_NAMING: '/nonexistent' }), 'The naming rules in /nonexistent'],
    [
      'no service rules',
      'server',
      () => ({ AMBERWATCH_SERVICE_RULES: '/nonexistent' }),
      'AMBERWATCH_SERVICE_RULES: /nonex',
    ],
    [
      'a taken port',
      'server',
      async () => ({ AMBERWATCH_PORT: await takePort() }),
      'set AMBERWATCH_PORT to another port',
    ],
    [
      'a taken port',
      'collector',
      async () => ({ AMBERWATCH_CONTROL_PORT: await takePort() }),
      'choose another one by AMBERWATCH_CONTROL_PORT',
    ],
    [
      'a taken port',
      'prediction',
      async () => ({ AMBERWATCH_PREDICTION_PORT: await takePort() }),
      'choose another port by AMBERWATCH_PREDICTION_PORT',
    ],
    [
      'a taken port',
      'alarm',
      async () => ({ AMBERWATCH_ALARM_PORT: await takePort() }),
      'choose another port by AMBERWATCH_ALARM_PORT',
    ],
    [
      'an address that is not its own',
      'server',
      () => ({ AMBERWATCH_HOST: '192.0.2.1', AMBERWATCH_TOKEN: 'a-token-of-the-test' }),
      'is no address of this machine. Set AMBERWATCH_HOST to one.',
    ],
  ])('says it in one line: %s, %s', async (_, name, env, said) => {
    const { status, output } = await failing(name, await env());
    expect([status, output]).toEqual([1, expect.stringContaining(said)]);
    const errors = output.split('\n').filter((line) => line !== '' && !/ (INFO|WARN) /.test(line));
    expect(errors).toEqual([expect.stringContaining(' ERROR ')]);
  });

  it('tells all that is wrong together, in settings, the group that they belong to and files', async () => {
    const rules = file();
    writeFileSync(rules, 'rules:\n  - name: a\n    limit: high\n');
    const { status, output } = await failing('alarm', {
      AMBERWATCH_RULES: rules,
      AMBERWATCH_TOKEN_FILE: file(),
      AMBERWATCH_MAIL_TO: 'me@example.com',
      AMBERWATCH_NOTIFY_WAIT: 'soon',
      AMBERWATCH_NOTIFY_WIAT: '5s',
    });
    expect(status).toBe(1);
    const lines = output.split('\n');
    expect(lines).toEqual([
      'alarm is not configured right:',
      expect.stringMatching(/^ {2}AMBERWATCH_TOKEN_FILE: \S+ is empty$/),
      '  AMBERWATCH_NOTIFY_WAIT: a duration such as 90s, 5m or 48h, not "soon"',
      '  Mail needs AMBERWATCH_SMTP_URL, AMBERWATCH_MAIL_FROM and AMBERWATCH_MAIL_TO together: AMBERWATCH_MAIL_TO is set, ' +
        'AMBERWATCH_SMTP_URL and AMBERWATCH_MAIL_FROM not',
      `  The rules in ${rules} are not right:`,
      '      line 3: rules[0].limit: a number from 0 to 1000000, not "high"',
      '  AMBERWATCH_NOTIFY_WIAT is no setting; did you mean AMBERWATCH_NOTIFY_WAIT?',
      'See docs/config.md, or --help.',
      '',
    ]);
  });

  it('ends at once, with status 0, where it is told to while it starts', async () => {
    const app = startApp('server', { AMBERWATCH_DATA: temporaryFolder(), AMBERWATCH_PORT: '0', LOG_LEVEL: 'debug' });
    apps.push(app);
    // Nest's first word, long before it listens.
    await app.waitFor(/Starting Nest application/);
    expect(await app.stop('SIGTERM')).toBe(0);
  });
});

describe('--health', () => {
  const settings = { AMBERWATCH_PORT: '2', AMBERWATCH_CONTROL_PORT: '2', AMBERWATCH_SERVER_URL: 'http://127.0.0.1:2' };

  it.each<[AppName, string]>([
    ['server', 'Nothing answers at http://127.0.0.1:2/health/ready (ECONNREFUSED); is it running, and on this port?\n'],
    [
      'collector',
      'Nothing answers at http://127.0.0.1:2/health/live (ECONNREFUSED); is it running, and on this port?\n',
    ],
    ['prediction', "The server at http://127.0.0.1:2 can't be reached: ECONNREFUSED\n"],
    ['alarm', "The server at http://127.0.0.1:2 can't be reached: ECONNREFUSED\n"],
  ])('says of a %s that is not there what it asked', async (name, output) => {
    expect(await failing(name, settings, ['--health'])).toEqual({ status: 1, output });
  });
});

describe('a server that can not start', () => {
  it('says that another address needs a token', async () => {
    const { status, output } = await failing('server', { AMBERWATCH_HOST: '0.0.0.0' });
    expect([status, output]).toEqual([1, expect.stringContaining('does not listen on 0.0.0.0 without a token')]);
  });

  it('prints all problems of its settings together', async () => {
    const { status, output } = await failing('server', {
      AMBERWATCH_PORT: 'abc',
      AMBERWATCH_WINDOW: '5x',
      AMBERWATCH_TOKEN: 'short',
    });
    expect(status).toBe(1);
    expect(output.split('\n').filter((line) => /^ {2}AMBERWATCH_/.test(line))).toHaveLength(3);
    expect(output).not.toContain('"short"');
  });

  it('names the process that holds its files', async () => {
    const data = temporaryFolder();
    const first = startApp('server', { AMBERWATCH_DATA: data, AMBERWATCH_PORT: '0' });
    apps.push(first);
    await first.waitFor(/listens on/);
    const { status, output } = await failing('server', { AMBERWATCH_DATA: data });
    expect([status, output]).toEqual([1, expect.stringContaining(`in use by process ${first.pid}`)]);
    expect(output).not.toMatch(/^\s+at /m);
  });

  it('explains itself with --help and refuses unknown flags', async () => {
    expect(await failing('server', {}, ['--help'])).toMatchObject({
      status: 0,
      output: expect.stringContaining('AMBERWATCH_RETENTION'),
    });
    expect(await failing('server', {}, ['--prot'])).toMatchObject({
      status: 2,
      output: expect.stringContaining('Try --help'),
    });
  });
});
