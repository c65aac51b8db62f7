import { describe, expect, it } from '@jest/globals';
import { Timeline } from '../../test/support/timeline.js';
import { matchesGlob } from '#domain';
import { defaultLevels, defaultRules } from './levels.js';
import { compileRules, ruleFile } from './rules.js';

const compile = (...rules: unknown[]) => compileRules(ruleFile.parse({ rules }));

describe('a glob', () => {
  it.each([
    ['*', '', true],
    ['web-*', 'web-12', true],
    ['web-?', 'web-12', false],
    ['?', '🦊', true],
    ['*.service', 'nginx.service', true],
    ['a*b*c', 'aXXbYYc', true],
    ['a*b*c', 'aXXbYY', false],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['a.c', 'abc', false],
  ])('%s on %s: %s', (glob, text, expected) => {
    expect(matchesGlob(glob, text)).toBe(expected);
  });

  it('takes no longer for a name that was made to be slow', () => {
    const started = performance.now();
    expect(matchesGlob('a*a*a*a*a*a*a*b', 'a'.repeat(255))).toBe(false);
    expect(performance.now() - started).toBeLessThan(200);
  });
});

describe('rules', () => {
  it('are the table of the shipped default where no rule matches', () => {
    const host = compile({ name: 'db', match: { host: 'db-*' }, limit: 95 }).forHost('web-1', null);
    expect(host.process('nginx', 'cpu')).toEqual(defaultRules.forHost('web-1', null).process('nginx', 'cpu'));
    expect(host.own('disk', '/')).toEqual(defaultLevels.disk);
    expect(defaultLevels).toMatchObject({
      usage: { limit: 80, clear: 75, clearTicks: 3 },
      disk: { limit: 90, clear: 85 },
    });
  });

  it('match by host, service, process and metric, the first one first', () => {
    const rules = compile(
      { name: 'backup', match: { process: 'restic*' }, off: true },
      { name: 'java', match: { service: 'shop', process: 'java', metric: 'mem' }, limit: 90, horizon: '30m' },
      { name: 'hosts', match: { of: 'host', metric: 'cpu' }, limit: 95, clear: 50, clearTicks: 6 },
    );
    const host = rules.forHost('web-1', 'shop');
    expect(host.process('restic-2', 'cpu')).toBeNull();
    expect(host.process('java', 'mem')).toMatchObject({ rule: 'java', limit: 90, clear: 85, horizonMs: 1_800_000 });
    expect(host.process('java', 'cpu')).toMatchObject({ rule: 'default', limit: 80 });
    expect(host.own('cpu')).toMatchObject({ rule: 'hosts', limit: 95, clear: 50, clearTicks: 6 });
    expect(rules.forHost('web-1', null).process('java', 'mem')).toMatchObject({ rule: 'default' });
  });

  it('decide in the engine, and a new file decides from the next sample on', () => {
    const line = new Timeline(compile({ name: 'low', match: { process: 'nginx' }, limit: 50 }));
    expect(line.push(10, { nginx: { cpu: 51 }, other: { cpu: 51 } })).toEqual([
      '20:00:10Z RED   web-1 nginx cpu 51.0 % > 50 %',
    ]);
    expect(line.open()[0]?.rule).toBe('low');
    line.at(11, { kind: 'rules', rules: compile({ name: 'high', limit: 300 }) });
    for (const second of [20, 30]) line.push(second, { nginx: { cpu: 200 } });
    expect(line.push(40, { nginx: { cpu: 200 } })).toEqual([
      '20:00:40Z GREEN web-1 nginx cpu 200.0 % (was RED for 30 s)',
    ]);
  });

  it('say how those are told who are notified, by the name that an incident has', () => {
    const runbook = 'https://wiki.example.com/java';
    const rules = compile(
      { name: 'java', for: '5m', page_at: 95, labels: { team: 'shop' }, annotations: { summary: 'heap' }, runbook },
      { name: 'plain', limit: 90 },
    );
    expect(rules.details('java')).toEqual({
      forMs: 300_000,
      pageAt: 95,
      labels: { team: 'shop' },
      annotations: { summary: 'heap' },
      runbook,
    });
    for (const shipped of ['plain', 'default', 'of an older file', undefined])
      expect(rules.details(shipped)).toEqual({
        forMs: 60_000,
        pageAt: null,
        labels: {},
        annotations: {},
        runbook: null,
      });
    const line = new Timeline(rules);
    line.push(10, { java: { cpu: 90 } });
    expect(line.open()[0]).toMatchObject({ rule: 'java', runbook });
    line.at(11, { kind: 'rules', rules: compile({ name: 'new', match: {}, limit: 50 }) });
    for (const second of [20, 30, 40]) line.push(second, { java: { cpu: 1 } });
    expect(line.actions.at(-1)?.incident).toMatchObject({ rule: 'new', limit: 50 });
    expect(line.actions.at(-1)?.incident.runbook).toBeUndefined();
  });

  it.each([
    [{ name: 'a', limit: 90, page_at: 80 }, 'rules.0.page_at is below its limit of 90'],
    [{ name: 'a', for: '2 days' }, 'rules.0.for must be a duration such as 90s, 5m or 48h, not "2 days"'],
    [{ name: 'a', labels: { host: 'x' } }, 'rules.0.labels.host is set by Amberwatch'],
    [{ name: 'a', labels: { team: 3 } }, 'rules.0.labels.team must be a text'],
    [
      { name: 'a', annotations: JSON.parse('{"__proto__": "x"}') as unknown },
      'rules.0.annotations "__proto__" must be letters, digits and _, at most 100, not beginning with a digit or __',
    ],
    [{ name: 'a', runbook: 'javascript:alert(1)' }, 'rules.0.runbook must be a web address, http:// or https://'],
  ])('are refused where what they say of notifications is wrong: %j', (rule, message) => {
    const issue = ruleFile.safeParse({ rules: [rule] }).error?.issues[0];
    expect(`${issue?.path.join('.')} ${issue?.message}`).toBe(message);
  });

  it.each([
    [{ rules: [{ name: 'a', limit: 80, clear: 90 }] }, 'rules.0.clear is above its limit of 80'],
    [{ rules: [{ name: 'a' }, { name: 'a' }] }, 'rules.1.name is taken'],
    [{ rules: [{ name: 'default' }] }, 'rules.0.name is taken'],
    [
      { rules: [{ name: 'a', horizon: '3 weeks' }] },
      'rules.0.horizon must be a duration such as 90s, 5m or 48h, not "3 weeks"',
    ],
  ])('are refused where a value is wrong: %j', (file, message) => {
    const issue = ruleFile.safeParse(file).error?.issues[0];
    expect(`${issue?.path.join('.')} ${issue?.message}`).toBe(message);
  });

  it('are refused where a key is misspelt', () => {
    expect(ruleFile.safeParse({ rules: [{ name: 'a', limits: 80 }] }).success).toBe(false);
  });
});
