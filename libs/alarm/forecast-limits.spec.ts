import { describe, expect, it } from '@jest/globals';
import { forecastLimits } from '#domain';
import { compileRules, ruleFile } from './rules.js';
import { defaultRules } from './levels.js';

const limitsOf = (...rules: object[]) =>
  compileRules(ruleFile.parse({ rules: rules.map((one, i) => ({ name: `rule-${i}`, ...one })) })).forecastLimits;

describe('the limits that forecasts are asked for', () => {
  it('are those of rules with a limit or horizon of their own, and none of the shipped ones', () => {
    expect(defaultRules.forecastLimits).toEqual([]);
    const shipped = { match: { metric: 'mem' }, limit: 80, horizon: '150m' };
    const silent = { match: { process: 'sh' }, limit: 60, horizon: '0s' };
    expect(limitsOf({ match: { process: 'a' }, for: '5m' }, shipped, silent, { off: true })).toEqual([]);
    expect(
      limitsOf(
        { match: { process: 'java', metric: 'mem' }, limit: 90 },
        { match: { host: 'db-*', metric: 'disk', device: '/var' }, limit: 70, horizon: '1h' },
        { match: { unit: 'checkout*' }, horizon: '30m' },
      ),
    ).toEqual([
      { metric: 'mem', limit: 90, process: 'java' },
      { metric: 'disk', limit: 70, horizonMs: 3_600_000, host: 'db-*' },
      { metric: 'cpu', limit: 80, horizonMs: 1_800_000, unit: 'checkout*' },
      { metric: 'mem', limit: 80, horizonMs: 1_800_000, unit: 'checkout*' },
    ]);
  });

  it('are of every metric that the rule may be about', () => {
    expect(limitsOf({ match: { host: 'a' }, limit: 60 }).map(({ metric }) => metric)).toEqual([
      'cpu',
      'mem',
      'disk',
      'inodes',
      'swap',
    ]);
    expect(limitsOf({ match: { of: 'unit' }, limit: 60 })).toEqual([
      { metric: 'cpu', limit: 60, unit: '*' },
      { metric: 'mem', limit: 60, unit: '*' },
    ]);
    expect(limitsOf({ match: { device: '/tmp' }, limit: 60 }).map(({ metric }) => metric)).toEqual(['disk', 'inodes']);
  });

  it('can be sent whatever the globs are', () => {
    const long = limitsOf({ match: { process: 'x'.repeat(1000), metric: 'cpu', host: '\ud83d' }, limit: 60 });
    expect(forecastLimits.parse({ limits: long }).limits).toEqual([
      { metric: 'cpu', limit: 60, host: '*', process: '*' },
    ]);
  });
});
