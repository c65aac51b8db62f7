import { describe, expect, it } from '@jest/globals';
import type { ControlAnswer, ControlOrder, ControlReport } from '#domain';
import type { AmberwatchClient } from './amberwatch-client.js';
import { ServiceControl } from './service-control.js';

/** A service, and a server that has one order for it until it is carried out. */
function serviceWith(order: ControlOrder) {
  const reports: ControlReport[] = [];
  const done: string[] = [];
  const server = { order };
  const client = {
    reportService: (_: string, report: ControlReport): Promise<ControlAnswer> => {
      reports.push(report);
      return Promise.resolve(server.order.revision > report.revision ? { control: server.order } : {});
    },
  };
  const control = new ServiceControl({
    client: client as unknown as AmberwatchClient,
    service: 'alarm',
    setLogLevel: (level) => done.push(level),
    stop: () => done.push('stopped'),
    say: (sentence) => done.push(sentence),
  });
  return { control, reports, done, server };
}

describe('the control of a service', () => {
  it('carries an order out once and says so', async () => {
    const { control, reports, done } = serviceWith({ revision: 3, status: 'pause', logLevel: 'debug' });
    await control.poll();
    await control.poll();
    expect(done).toEqual(['debug', 'Paused, as the server ordered']);
    expect(reports).toEqual([
      { revision: 0, status: 'running', logLevel: undefined },
      { revision: 3, status: 'paused', logLevel: 'debug' },
      { revision: 3, status: 'paused', logLevel: 'debug' },
    ]);
  });

  it('waits while it is paused, and goes on when it is told to', async () => {
    const { control, server } = serviceWith({ revision: 1, status: 'pause' });
    const { signal } = new AbortController();
    await control.whenRunning(signal);
    await control.poll();
    let running = false;
    const waiting = control.whenRunning(signal).then(() => (running = true));
    await Promise.resolve();
    expect(running).toBe(false);
    server.order = { revision: 2, status: 'resume' };
    await control.poll();
    await waiting;
    expect(control.paused).toBe(false);
  });

  it('ends the wait when the process ends', async () => {
    const { control } = serviceWith({ revision: 1, status: 'pause' });
    const end = new AbortController();
    await control.poll();
    const waiting = control.whenRunning(end.signal);
    end.abort();
    await expect(waiting).resolves.toBeUndefined();
  });

  it('says that it stops before it does', async () => {
    const { control, reports, done } = serviceWith({ revision: 1, status: 'stop' });
    await control.poll();
    expect(reports.at(-1)).toMatchObject({ revision: 1, status: 'stopped' });
    expect(done).toEqual(['Stops, as the server ordered', 'stopped']);
  });
});
