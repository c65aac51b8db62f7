import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';

const program = new URL('../../dist/apps/prediction/stream.main.js', import.meta.url).pathname;

/** A week of five-minute steps that stay below the limit, with peaks that come near it. */
const values = Array.from({ length: 2016 }, (_, i) => 45 + 30 * Math.abs(Math.sin(i / 37)) + ((i * 7919) % 100) / 25);
const input = ['S one 300 30 80 cpu', ...values.map((value, i) => `${i * 300} ${value.toFixed(2)}`), ''].join('\n');

function answers(aWeek?: string) {
  const { AMBERWATCH_FALSE_A_WEEK: _, ...environment } = process.env;
  const env = aWeek === undefined ? environment : { ...environment, AMBERWATCH_FALSE_A_WEEK: aWeek };
  const { stdout, stderr, status } = spawnSync(process.execPath, [program], { input, env, encoding: 'utf8' });
  return {
    amber: stdout.split('\n').filter((line) => line === '1').length,
    lines: stdout.split('\n').length - 1,
    stderr,
    status,
  };
}

describe('the line protocol of the yardstick', () => {
  it('answers each sample, and warns less the fewer false warnings are asked for', () => {
    const [strict, trained, loose] = [answers('0.05'), answers(), answers('500')];
    expect([strict, trained, loose].map(({ lines, status }) => [lines, status])).toEqual([
      [2016, 0],
      [2016, 0],
      [2016, 0],
    ]);
    expect(strict.amber).toBeLessThanOrEqual(trained.amber);
    expect(loose.amber).toBeGreaterThan(strict.amber);
  }, 60_000);

  it('names a budget that is none, and does not start', () => {
    expect(answers('lots')).toMatchObject({
      lines: 0,
      status: 1,
      stderr: expect.stringMatching(/AMBERWATCH_FALSE_A_WEEK.*"lots"/),
    });
  }, 60_000);
});
