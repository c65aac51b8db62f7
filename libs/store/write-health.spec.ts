import { beforeEach, expect, it } from '@jest/globals';
import { WriteHealth } from './write-health.js';

let clock: number;
let probes: number;
let refuses: boolean;
let health: WriteHealth;

beforeEach(() => {
  clock = 0;
  probes = 0;
  refuses = false;
  health = new WriteHealth(
    async () => {
      probes++;
      if (refuses) throw new Error('still full');
    },
    () => clock,
  );
});

const refuse = () => expect(health.watch(() => Promise.reject(new Error('disk full')))).rejects.toThrow('disk full');

it('is well where nothing was refused, and writes nothing to find out', async () => {
  expect(await health.watch(async () => 'result')).toBe('result');
  await health.check();
  expect(probes).toBe(0);
});

it('says why right after a refusal, without a try of its own', async () => {
  await refuse();
  clock += 4999;
  await expect(health.check()).rejects.toThrow('disk full');
  expect(probes).toBe(0);
});

it('is well as soon as a write was taken', async () => {
  await refuse();
  await health.watch(async () => undefined);
  await health.check();
  expect(probes).toBe(0);
});

it('tries by itself later, and is well once that was taken', async () => {
  await refuse();
  refuses = true;
  clock += 5000;
  await expect(health.check()).rejects.toThrow('still full');
  clock += 5000;
  refuses = false;
  await health.check();
  await health.check();
  expect(probes).toBe(2);
});

it('takes a fault of what was given for no refusal', async () => {
  await expect(health.watch(() => Promise.reject(new TypeError('no time')))).rejects.toThrow('no time');
  await health.check();
});
