import { describe, expect, it } from '@jest/globals';
import type { HostState, ServiceState } from '#domain';
import { setupSteps } from './setup-steps.js';

const START = Date.parse('2026-11-30T03:00:00Z');
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();

/** A host that was heard of from the start on, for so many seconds. */
function host(heardSeconds: number, more: Partial<HostState> = {}): HostState {
  const seen = { firstSeen: at(0), lastSeen: at(heardSeconds), lastTime: at(heardSeconds) };
  const known = { service: null, status: 'ok' as const, clockOffsetMs: null, programs: 1, usage: null };
  return { host: 'a', ...known, ...seen, intervalMs: 10_000, ...more };
}

function services(alarm: ServiceState['status'], prediction: ServiceState['status']): ServiceState[] {
  const unknown = { instance: null, version: null, lastSeen: null };
  return [
    { service: 'prediction', status: prediction, ...unknown },
    { service: 'alarm', status: alarm, ...unknown },
  ];
}

function stepsOf(...installation: Parameters<typeof setupSteps>) {
  const steps = setupSteps(...installation).map(({ step, done, expectedAt }) => [step, done ? 'done' : expectedAt]);
  return Object.fromEntries(steps) as Record<string, string | undefined>;
}

describe('the steps of a new installation', () => {
  it('expect nothing of what nobody has started', () => {
    expect(stepsOf({ hosts: [], services: services('silent', 'silent') })).toEqual({
      host: undefined,
      history: undefined,
      alarm: undefined,
      prediction: undefined,
      alerts: undefined,
    });
  });

  it('say when there will be history, and when enough is known to warn', () => {
    expect(stepsOf({ hosts: [host(20)], services: services('ok', 'ok') })).toEqual({
      host: 'done',
      history: at(120),
      alarm: 'done',
      prediction: 'done',
      alerts: at(80),
    });
    expect(stepsOf({ hosts: [host(120)], services: services('ok', 'ok') })).toMatchObject({
      history: 'done',
      alerts: 'done',
    });
  });

  it.each([
    [1_000, 80],
    [60_000, 480],
    [300_000, 3000],
    [null, 80],
  ])('know that a host with a tick each %s ms needs %i s', (intervalMs, seconds) => {
    const { alerts } = stepsOf({ hosts: [host(20, { intervalMs })], services: services('ok', 'ok') });
    expect(alerts).toBe(at(seconds));
  });

  it('expect no warning while a service is away, and none of a host that is silent', () => {
    expect(stepsOf({ hosts: [host(200)], services: services('ok', 'silent') })).toMatchObject({ alerts: undefined });
    const silent = stepsOf({ hosts: [host(20, { status: 'no data' })], services: services('ok', 'ok') });
    expect([silent['history'], silent['alerts']]).toEqual([undefined, undefined]);
  });

  it('tell of a channel only where somebody tried', () => {
    const installation = { hosts: [], services: services('ok', 'ok') };
    expect(stepsOf({ ...installation, channelHeard: true })).toMatchObject({ channel: 'done' });
    expect(Object.keys(stepsOf(installation))).not.toContain('channel');
  });

  it('say that a service is paused or catches up', () => {
    const texts = setupSteps({ hosts: [], services: services('paused', 'catching up') }).map(({ text }) => text);
    expect(texts.filter((text) => /It is (paused: amberwatch resume alarm|catching up)/.test(text))).toHaveLength(2);
  });
});
