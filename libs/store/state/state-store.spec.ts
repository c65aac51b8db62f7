import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Incident, isoToMicros } from '#domain';
import { z } from 'zod';
import { incidentAt } from '../../../test/support/incidents.js';
import { StateStore } from './state-store.js';
import { StoreLockedError } from '../store-errors.js';

let folder: string;
let state: StateStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amberwatch-state-'));
  state = await StateStore.open({ folder });
});
afterEach(async () => {
  await state.close();
  await rm(folder, { recursive: true });
});

/** Opened at the second `n` of a minute. */
function incidentOf(n: number, fields: Partial<Incident> = {}): Incident {
  return incidentAt(Date.parse('2026-11-22T20:02:00Z') + n * 1000, { id: `incident-${n}`, ...fields });
}

async function idsOf(query: Partial<Parameters<StateStore['incidents']>[0]>): Promise<string[]> {
  const { incidents } = await state.incidents({ state: 'all', limit: 100, ...query });
  return incidents.map(({ id }) => id);
}

describe('incidents', () => {
  it('come back whole after the store was closed, and a newer record replaces the older one', async () => {
    await state.putIncidents([incidentOf(1), incidentOf(2)]);
    const closed = incidentOf(1, { color: 'GREEN', closed: '2026-11-22T20:05:00.000001Z' });
    await state.putIncidents([incidentOf(1, { value: 1 }), closed]);
    await state.close();
    state = await StateStore.open({ folder });
    expect(await state.incidents({ state: 'all', limit: 10 })).toEqual({ incidents: [incidentOf(2), closed] });
  });

  it('are found by state, host, process, colour and time of opening', async () => {
    await state.putIncidents([
      incidentOf(1, { closed: '2026-11-22T20:05:00Z', color: 'GREEN' }),
      incidentOf(2, { host: 'evil\\\n', process: '__proto__' }),
      incidentOf(3, { process: null, metric: 'disk', device: '/' }),
      incidentOf(4, { color: 'AMBER' }),
    ]);
    expect(await idsOf({ state: 'open' })).toEqual(['incident-4', 'incident-3', 'incident-2']);
    expect(await idsOf({ state: 'closed' })).toEqual(['incident-1']);
    expect(await idsOf({ host: 'evil\\\n' })).toEqual(['incident-2']);
    expect(await idsOf({ process: '__proto__' })).toEqual(['incident-2']);
    expect(await idsOf({ color: 'AMBER' })).toEqual(['incident-4']);
    expect(await idsOf({ from: '2026-11-22T20:00:02Z', to: '2026-11-22T20:00:03Z' })).toEqual(['incident-2']);
    expect(await idsOf({ host: "'; DROP TABLE incidents;--" })).toEqual([]);
  });

  it('page newest first without a gap, also where many were opened at once', async () => {
    const opened = '2026-11-22T20:00:00Z';
    await state.putIncidents(Array.from({ length: 25 }, (_, n) => incidentOf(n, n < 20 ? { opened } : {})));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await state.incidents({ state: 'all', limit: 4, cursor });
      seen.push(...page.incidents.map(({ id }) => id));
      cursor = page.next;
    } while (cursor);
    expect(seen.length).toBe(25);
    expect(new Set(seen).size).toBe(25);
    expect(seen[0]).toBe('incident-24');
  });

  it('refuse a cursor that they did not give', async () => {
    for (const cursor of [
      'x',
      '',
      Buffer.from('[1]').toString('base64url'),
      Buffer.from('["a",1]').toString('base64'),
    ]) {
      await expect(state.incidents({ state: 'all', limit: 4, cursor })).rejects.toMatchObject({ code: 'INVALID' });
    }
  });

  it('take ten thousand records in one update', async () => {
    const many = Array.from({ length: 10_000 }, (_, n) => incidentOf(n % 60, { id: `incident-${n}` }));
    await state.putIncidents(many);
    expect((await idsOf({ limit: 10_000 })).length).toBe(10_000);
  });

  it('go when they are too old, but never an open one', async () => {
    const closed = '2026-11-22T21:00:00Z';
    await state.putIncidents([incidentOf(1, { closed }), incidentOf(2)]);
    await state.expire(isoToMicros(closed) + 1);
    expect(await idsOf({})).toEqual(['incident-2']);
  });
});

it('steps over an incident that it can not read, and pages go on behind it', async () => {
  const broken = { ...incidentOf(2), value: 'high' } as unknown as Incident;
  await state.putIncidents([incidentOf(1), broken, incidentOf(3)]);
  const page = await state.incidents({ state: 'all', limit: 2 });
  expect(page.incidents.map(({ id }) => id)).toEqual(['incident-3']);
  const next = await state.incidents({ state: 'all', limit: 2, cursor: page.next });
  expect(next.incidents.map(({ id }) => id)).toEqual(['incident-1']);
  expect(state.unreadable).toBe(1);
});

it('keeps any JSON under a key, finds it by prefix and forgets it', async () => {
  await state.put('silence/b', { until: null });
  await state.put('silence/a', ['x', 1]);
  await state.put('other', 'y');
  await state.put('silence/b', { until: 5 });
  expect(await state.read('silence/', z.unknown())).toEqual([
    { key: 'silence/a', value: ['x', 1] },
    { key: 'silence/b', value: { until: 5 } },
  ]);
  await state.put('silence/a', undefined);
  expect(await state.read('silence/', z.unknown())).toEqual([{ key: 'silence/b', value: { until: 5 } }]);
});

it('can be open once only, and says who has it', async () => {
  const second = StateStore.open({ folder });
  await expect(second).rejects.toBeInstanceOf(StoreLockedError);
  await expect(second).rejects.toThrow(`state.duckdb is in use by process ${process.pid}.`);
});
