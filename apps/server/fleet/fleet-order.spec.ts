import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FleetHost, HostSight } from '#domain';
import { fleetFilter, type FleetRow, inOrder, servicesOf } from './fleet-order.js';

const sights: HostSight[] = ['red', 'amber', 'blind', 'ok'];
/** Few values, so that most rows tie with others in something. */
const few = fc.integer({ min: 0, max: 2 });
const value = fc.option(few);

const row = fc
  .record({ sight: fc.constantFrom(...sights), alerts: few, amber: few, since: few, seen: few })
  .chain(({ sight, alerts, amber, since, seen }) =>
    fc.record({ cpu: value, mem: value, disk: value }).map(({ cpu, mem, disk }) => ({
      sinceMs: sight === 'red' || sight === 'amber' ? since : Infinity,
      lastSeenMs: seen,
      host: {
        service: since === 0 ? null : `service ${since}`,
        sight,
        status: 'ok' as const,
        red: sight === 'red' ? alerts + 1 : 0,
        amber: sight === 'red' ? amber : sight === 'amber' ? alerts + 1 : 0,
        cpu,
        mem,
        disk: disk === null ? null : { path: '/', usedPercent: disk },
        programs: seen,
        lastSeen: '2026-11-30T00:00:00Z',
        lastTime: '2026-11-30T00:00:00Z',
      },
    })),
  );
const rows = fc
  .array(row, { maxLength: 30 })
  .map((list) => list.map((one, i): FleetRow => ({ ...one, host: { ...one.host, host: `h${i}` } })));

/** What nobody may come before in the order of trouble, as figures of which the first that differs decides, the smaller first. */
function rankOf({ host, sinceMs, lastSeenMs }: FleetRow): number[] {
  const highest = Math.max(...[host.cpu, host.mem, host.disk?.usedPercent].map((one) => one ?? -1));
  const within = {
    red: [-host.red, sinceMs, -host.amber],
    amber: [-host.amber, sinceMs],
    blind: [lastSeenMs],
    ok: [-highest],
  };
  return [sights.indexOf(host.sight), ...within[host.sight]];
}

function firstDifference(a: number[], b: number[]): number {
  const at = a.findIndex((one, i) => one !== b[i]);
  return at < 0 ? 0 : (a[at] as number) - (b[at] as number);
}

describe('the order of trouble', () => {
  it('has red before amber before blind before ok, and in each the worst first, ties by name', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const sorted = inOrder(list, 'trouble');
        for (const [i, next] of sorted.slice(1).entries()) {
          const before = sorted[i] as FleetRow;
          const difference = firstDifference(rankOf(before), rankOf(next));
          const byName = before.host.host < next.host.host ? -1 : 1;
          expect(difference === 0 ? byName : difference).toBeLessThan(0);
        }
      }),
    );
  });

  it('is the same however the hosts came, keeps each of them, and so does every other order', () => {
    fc.assert(
      fc.property(
        rows,
        fc.constantFrom('trouble', 'host', 'cpu', 'mem', 'disk', 'programs', 'lastSeen'),
        (list, by) => {
          const sorted = inOrder(list, by);
          expect(inOrder(list.toReversed(), by)).toEqual(sorted);
          expect(new Set(sorted)).toEqual(new Set(list));
        },
      ),
    );
  });

  it('by a value has the largest first and what is not known last', () => {
    fc.assert(
      fc.property(rows, fc.constantFrom('cpu' as const, 'mem' as const), (list, by) => {
        const values = inOrder(list, by).map(({ host }) => host[by] ?? -1);
        expect(values).toEqual([...values].sort((a, b) => b - a));
      }),
    );
  });
});

describe('services', () => {
  it('count every host once, and their means lie between the smallest and the largest', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const hosts = list.map(({ host }) => host);
        const services = servicesOf(hosts);
        expect(services.reduce((sum, one) => sum + one.hosts, 0)).toBe(hosts.length);
        expect(new Set(services.map(({ service }) => service)).size).toBe(services.length);
        for (const { service, cpu } of services) {
          const known = hosts.filter((one) => one.service === service && one.cpu !== null).map((one) => one.cpu ?? 0);
          expect(cpu === null).toBe(known.length === 0);
          if (cpu === null) continue;
          expect(cpu).toBeGreaterThanOrEqual(Math.min(...known));
          expect(cpu).toBeLessThanOrEqual(Math.max(...known));
        }
      }),
    );
  });
});

describe('a question', () => {
  const host = { host: 'Web-1', service: 'Shop', sight: 'blind' } as FleetHost;
  const all = { order: 'trouble' as const, limit: 1 };

  it.each([
    [{ match: 'WEB' }, true],
    [{ match: 'hop' }, true],
    [{ match: 'db' }, false],
    [{ service: 'Shop' }, true],
    [{ service: 'shop' }, false],
    [{ service: '' }, false],
    [{ state: 'trouble' as const }, true],
    [{ state: 'blind' as const }, true],
    [{ state: 'red' as const }, false],
  ])('%j is about that host: %s', (query, about) => {
    expect(fleetFilter({ ...all, ...query })(host)).toBe(about);
  });

  it('with an empty service is about hosts of none', () => {
    expect(fleetFilter({ ...all, service: '' })({ ...host, service: null })).toBe(true);
  });
});
