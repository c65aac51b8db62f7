import { describe, expect, it } from '@jest/globals';
import { Ledger } from './ledger.js';

describe('the ledger of the faults', () => {
  async function check(change: (values: Record<string, number[]>) => Record<string, number[]>) {
    const ledger = new Ledger(2);
    const host = ledger.hostName(0);
    const values: Record<string, number[]> = { 'program-0': [], 'program-1': [] };
    for (let n = 0; n < 3; n++) {
      const batch = ledger.next(host, 0);
      batch.cpu?.forEach((value, i) => values[`program-${i}`]?.push(value as number));
      // Of the last one nobody knows whether it is stored.
      if (n < 2) ledger.acknowledge(batch);
    }
    const { examples, ...counts } = await ledger.check(async () => change(values));
    expect(examples.length).toBe([counts.lost, counts.doubled, counts.unknown].filter((one) => one > 0).length);
    return counts;
  }
  const whole = { acknowledged: 4, lost: 0, doubled: 0, unknown: 0 };
  const [first, second, third] = [0, 1, 2] as const;

  it('finds nothing where each is there once, also one that was not acknowledged', async () => {
    expect(await check((values) => values)).toEqual(whole);
    expect(await check((values) => ({ ...values, 'program-0': [first, second] }))).toEqual(whole);
  });

  it('finds what is missing, what is there twice, what is another value and what nobody sent', async () => {
    expect(await check((values) => ({ ...values, 'program-0': [first, third] }))).toEqual({ ...whole, lost: 1 });
    expect(await check(() => ({}))).toEqual({ ...whole, lost: 4 });
    expect(await check((values) => ({ ...values, 'program-0': [first, second, second] }))).toEqual({
      ...whole,
      doubled: 1,
    });
    expect(await check((values) => ({ ...values, 'program-0': [first, second + 0.25] }))).toEqual({
      ...whole,
      lost: 1,
      unknown: 1,
    });
    expect(await check((values) => ({ ...values, 'program-0': [first, second, 7] }))).toEqual({ ...whole, unknown: 1 });
    expect(await check((values) => ({ ...values, stranger: [1] }))).toEqual({ ...whole, unknown: 1 });
  });
});
