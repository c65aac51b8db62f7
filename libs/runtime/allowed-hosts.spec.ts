import { hostname } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { AllowedHosts, allowedHostsSetting, type HostRule } from './allowed-hosts.js';

const asked = [
  'localhost:8000',
  '[::1]:8000',
  '127.0.0.1',
  '10.0.0.7:8000',
  '[fe80::1]',
  'server:8000',
  'SERVER',
  'a.localhost',
  `${hostname()}:80`,
  'monitor.example.com',
  'Monitor.Example.Com.:443',
  'a.b.example.org',
  'example.org',
  'evil.example',
  '127.0.0.1.evil.example',
  'localhost.evil.example:8000',
  'notmonitor.example.com',
];
const rule: Omit<HostRule, 'reach'> = { own: '0.0.0.0' };
const refusedBy = (more: HostRule) => asked.filter((host) => !new AllowedHosts(more).allows(host));

describe('the header Host', () => {
  it('may name loopback alone where nothing else may ask', () => {
    expect(refusedBy({ ...rule, reach: 'loopback' })).toEqual(asked.slice(3));
  });

  it('may be what no page of another site can have where reads are open', () => {
    expect(refusedBy({ ...rule, reach: 'network' })).toEqual(asked.slice(9));
    expect(refusedBy({ reach: 'network', own: 'evil.example' })).not.toContain('evil.example');
  });

  it('may be what is listed, with all beneath a star', () => {
    const listed = ['monitor.example.com', '*.example.org'];
    const rest = asked.slice(12);
    for (const reach of ['network', 'any'] as const) expect(refusedBy({ ...rule, reach, listed })).toEqual(rest);
    expect(refusedBy({ ...rule, reach: 'loopback', listed })).toEqual([...asked.slice(3, 9), ...rest]);
  });

  it('may be anything where nothing is told without a token and no name is listed', () => {
    expect(refusedBy({ ...rule, reach: 'any' })).toEqual([]);
  });

  it.each(['', ':80', 'a b', 'a@localhost', 'localhost/', 'localhost:80:80', '[::1', 'localhost,evil.example'])(
    'that is none, as %j, is refused everywhere',
    (host) => {
      for (const reach of ['loopback', 'network', 'any'] as const)
        expect(new AllowedHosts({ ...rule, reach }).allows(host)).toBe(false);
    },
  );

  it('may be missing, as no browser leaves it out, but where only this machine may ask', () => {
    const takes = (['loopback', 'network', 'any'] as const).map((reach) =>
      new AllowedHosts({ ...rule, reach }).allows(undefined),
    );
    expect(takes).toEqual([false, true, true]);
  });

  it.each([
    ['Monitor.example.com, *.example.org', ['monitor.example.com', '*.example.org']],
    ['*', undefined],
    ['https://a.example', undefined],
    ['a.example:8000', undefined],
    ['a.*.example', undefined],
  ])('is listed by names alone: %s', (text, names) => {
    expect(allowedHostsSetting.AMBERWATCH_ALLOWED_HOSTS.safeParse(text).data).toEqual(names);
  });
});
