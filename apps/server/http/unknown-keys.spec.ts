import { describe, expect, it } from '@jest/globals';
import { controlReport, reporterData, sampleBatch } from '#domain';
import { unknownKeys } from './unknown-keys.js';

const batch = {
  id: 'batch-0001',
  host: 'web-1',
  time: '2026-11-22T20:00:00.000Z',
  names: ['java'],
  count: [1],
};
const cpu = { measurement: 'cpu', tags: { cpu: 'cpu0' }, fields: { usage_user: 1 } };
const ledger = { windowMs: 1, hostMs: 1, programsMs: 1, endedMs: 0, kernelMs: 0, residualMs: 0 };

describe('what a newer sender says', () => {
  it.each([
    ['colour', { colour: 'blue' }],
    ['hostUsage.gpu', { hostUsage: { cpu: 1, mem: 2, memTotalBytes: 3, gpu: { load: 4 } } }],
    ['hostUsage.ledger.gpuMs', { hostUsage: { cpu: 1, mem: 2, memTotalBytes: 3, ledger: { ...ledger, gpuMs: 1 } } }],
    [
      'hostUsage.disks.inodes',
      { hostUsage: { cpu: 1, mem: 2, memTotalBytes: 3, disks: [{ path: '/', usedPercent: 1, inodes: 2 }] } },
    ],
    ['hostMetrics.unit', { hostMetrics: [{ ...cpu, unit: '%' }] }],
    ['hostMetrics', { hostMetrics: [cpu, { measurement: 'gpu', fields: { load: 1 } }] }],
    ['hostMetrics', { hostMetrics: [cpu, { ...cpu, tags: { cpu: 'cpu0', socket: '1' } }] }],
  ])('of %s is left out of a batch and told', (path, more) => {
    const body = { ...batch, ...more };
    const taken = sampleBatch.parse(body);
    expect(unknownKeys(body, taken)).toEqual([path]);
    expect(unknownKeys(taken, sampleBatch.parse(taken))).toEqual([]);
    expect(taken.hostMetrics ?? [cpu]).toEqual([cpu]);
  });

  it('of itself is left out of its report and told', () => {
    const body = { revision: 0, status: 'running', mood: 'fine' };
    expect(unknownKeys(body, controlReport.parse(body))).toEqual(['mood']);
  });

  it('as a reporter is kept within bounds, and told where it is left out', () => {
    const body = { CPUUtilization: { Time: 'now', Fans: [{ rpm: 1 }] }, Gpu: { a: { b: { c: { d: { e: 1 } } } } } };
    const taken = reporterData.parse(body);
    expect(taken).toMatchObject({ CPUUtilization: { Fans: [{ rpm: 1 }] } });
    expect(unknownKeys(body, taken)).toEqual(['Gpu.a.b.c.d.e']);
  });

  it('of a wrong kind is an error still', () => {
    const fields = { load: 1 };
    expect(sampleBatch.safeParse({ ...batch, hostMetrics: [{ ...cpu, measurement: 7 }] }).success).toBe(false);
    expect(sampleBatch.safeParse({ ...batch, hostMetrics: [{ ...cpu, tags: { cpu: 0 } }] }).success).toBe(false);
    expect(sampleBatch.safeParse({ ...batch, hostMetrics: { measurement: 'gpu', fields } }).success).toBe(false);
  });
});
