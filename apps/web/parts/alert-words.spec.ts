import { describe, expect, it } from '@jest/globals';
import type { AlarmState } from '#domain';
import { alertWords } from './alert-words.js';

type OpenAlert = AlarmState['alerts'][number];
const NOW = Date.parse('2026-11-30T03:12:00Z');
const alertOf = (more: Partial<OpenAlert>): OpenAlert => ({
  id: 'alert-001',
  host: 'web-1',
  process: 'nginx',
  metric: 'cpu',
  color: 'RED',
  value: 93.1,
  limit: 80,
  since: '2026-11-30T03:00:00Z',
  reason: 'above-limit',
  ...more,
});

describe('an open alert in words', () => {
  it('says what is over which limit, by its newest value', () => {
    expect(alertWords(alertOf({}), NOW)).toBe('nginx cpu 93.1 % > 80 %');
    expect(alertWords(alertOf({ current: 97, limit: 92.5 }), NOW)).toBe('nginx cpu 97.0 % > 92.5 %');
    expect(alertWords(alertOf({ current: 76 }), NOW)).toBe('nginx cpu 76.0 % again under 80 %');
    expect(alertWords(alertOf({ process: null, metric: 'disk', device: '/var' }), NOW)).toBe(
      'host disk /var 93.1 % > 80 %',
    );
    expect(alertWords(alertOf({ process: null }), NOW)).toBe('host cpu 93.1 % > 80 %');
    expect(alertWords(alertOf({ process: null, unit: 'shop.service' }), NOW)).toBe('shop.service cpu 93.1 % > 80 %');
  });

  it('says when a limit is going to be broken, and how sure that is', () => {
    const soon = {
      breachAt: '2026-11-30T03:24:00Z',
      breachFrom: '2026-11-30T03:21:00Z',
      breachTo: '2026-11-30T03:29:00Z',
    };
    const amber = alertOf({ ...soon, process: 'java', metric: 'mem', color: 'AMBER', value: 71.4 });
    expect(alertWords(amber, NOW)).toBe('java mem 71.4 % → 80 % in 12 min (9–17)');
    expect(alertWords(amber, NOW + 15 * 60_000)).toBe('java mem 71.4 % → 80 % by now');
    // What was predicted once says nothing of what is broken now.
    expect(alertWords({ ...amber, color: 'RED', value: 81 }, NOW)).toBe('java mem 81.0 % > 80 %');
  });

  it('says what has no figure in words alone, and no name breaks its line', () => {
    const silent = alertOf({
      process: null,
      metric: 'data',
      color: 'AMBER',
      value: null,
      limit: null,
      reason: 'no-data',
    });
    expect(alertWords(silent, NOW)).toBe('no data for 12 min');
    expect(alertWords({ ...silent, reason: 'paused' }, NOW)).toBe('paused for 12 min');
    expect(alertWords(alertOf({ unit: 'a.service', process: null, reason: 'oom-killed' }), NOW)).toBe(
      'a.service cpu: killed for memory',
    );
    expect(alertWords(alertOf({ process: 'a\nb\u202e' }), NOW)).toBe('a\\nb\\u{202e} cpu 93.1 % > 80 %');
  });
});
