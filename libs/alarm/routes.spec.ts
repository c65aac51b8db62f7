import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Routed, routeList, routeOf } from './routes.js';

/** A Wednesday, 23:30 in Berlin. */
const NIGHT = Date.parse('2026-11-25T22:30:00Z');
const alert: Routed = {
  host: 'web-1',
  process: 'java',
  metric: 'cpu',
  color: 'RED',
  rule: 'java-heap',
  service: 'shop',
};
const routed = (routes: unknown[], more: Partial<Routed> = {}, nowMs = NIGHT) =>
  routeOf(routeList.parse(routes), { ...alert, ...more }, nowMs);

describe('routes', () => {
  it('tell all channels where there are none, and where none matches', () => {
    expect(routed([])).toEqual({ to: null, steps: [] });
    expect(routed([{ match: { host: 'db-*' }, to: ['mail'] }]).to).toBeNull();
  });

  it('are decided by the first that matches, and by those after it that it lets ask', () => {
    const first = { match: { service: 'shop' }, to: ['slack'] };
    expect(routed([first, { to: ['mail'] }]).to).toEqual(['slack']);
    expect(routed([{ ...first, continue: true }, { to: ['mail', 'slack'] }, { to: ['ntfy'] }]).to).toEqual([
      'slack',
      'mail',
    ]);
    expect(routed([{ to: [] }]).to).toEqual([]);
  });

  it.each<[object, Partial<Routed>, string]>([
    [{ host: 'db-*' }, {}, 'host is web-1, not db-*'],
    [{ service: 'api' }, {}, 'service is shop, not api'],
    [{ service: 'api' }, { service: null }, 'it has no service'],
    [{ process: 'nginx' }, { process: null }, 'it has no process'],
    [{ metric: 'mem' }, {}, 'metric is cpu, not mem'],
    [{ of: 'host' }, {}, 'it is on a process, not on a host'],
    [{ color: 'RED' }, { color: 'AMBER' }, 'color is AMBER, not RED'],
    [{ rule: 'default' }, {}, 'rule is java-heap, not default'],
  ])('say why %j is not for an alert', (match, more, why) => {
    expect(routed([{ match, to: ['mail'] }], more).steps).toEqual([{ route: 1, to: ['mail'], matched: false, why }]);
  });

  it.each<[string, object, boolean]>([
    [
      'working hours',
      { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00', timezone: 'Europe/Berlin' },
      false,
    ],
    [
      'the night that began on Wednesday',
      { days: ['wed'], from: '18:00', to: '08:00', timezone: 'Europe/Berlin' },
      true,
    ],
    [
      'the night that begins on Thursday',
      { days: ['thu'], from: '18:00', to: '08:00', timezone: 'Europe/Berlin' },
      false,
    ],
    ['the whole of Wednesday', { days: ['wed'] }, true],
    ['the last hour of the day', { from: '22:00', to: '24:00' }, true],
  ])('hold in %s as the clock there says', (_, when, holds) => {
    expect(routed([{ when, to: ['mail'] }]).to !== null).toBe(holds);
  });

  it('hold on after midnight, on the morning after the day they began on', () => {
    const when = { days: ['wed'], from: '18:00', to: '08:00', timezone: 'Europe/Berlin' };
    const at = (time: string) => routed([{ when, to: ['mail'] }], {}, Date.parse(time)).to !== null;
    expect([at('2026-11-26T06:59:00Z'), at('2026-11-26T07:00:00Z'), at('2026-11-25T06:00:00Z')]).toEqual([
      true,
      false,
      false,
    ]);
    const [step] = routed([{ when, to: ['mail'] }], {}, Date.parse('2026-11-26T07:00:00Z')).steps;
    expect(step?.why).toBe('it is thu 08:00 there, not wed 18:00–08:00 Europe/Berlin');
  });

  it('follow the clocks of the time zone when they change', () => {
    // On 25 October 2026 Berlin has 02:30 twice.
    const when = { from: '02:00', to: '03:00', timezone: 'Europe/Berlin' };
    const at = (time: string) => routed([{ when, to: ['mail'] }], {}, Date.parse(time)).to !== null;
    expect(['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T02:30:00Z'].map(at)).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('that share out a day leave no minute to nobody', () => {
    const day = { from: '08:00', to: '18:00', timezone: 'America/New_York' };
    const routes = [
      { when: day, to: ['slack'] },
      { when: { ...day, from: '18:00', to: '08:00' }, to: ['pagerduty'] },
    ];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 * 86_400 }), (second) => {
        expect(routed(routes, {}, NIGHT + second * 1000).to).toHaveLength(1);
      }),
    );
  });

  it.each([
    [{ to: ['Slack'] }, 'must be the name of a channel such as slack'],
    [{ to: ['a'], when: { from: '8:00' } }, 'must be a time of the day such as 08:30'],
    [{ to: ['a'], when: { timezone: 'Berlin' } }, 'must be a time zone such as Europe/Berlin'],
  ])('refuse %j in words', (wrong, message) => {
    expect(routeList.safeParse([wrong]).error?.issues[0]?.message).toBe(message);
  });
});
