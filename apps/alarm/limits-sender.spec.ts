import { expect, it } from '@jest/globals';
import type { ForecastLimits } from '#domain';
import { compileRules, defaultRules, ruleFile, type Rules } from '#alarm';
import { LimitsSender } from './limits-sender.js';

it('the limits of the rules are sent once, after a change, a reconnection or ten minutes again, and after a failure', async () => {
  const sent: ForecastLimits['limits'][] = [];
  const state: { away: boolean; rules: Rules; nowMs: number } = { away: true, rules: defaultRules, nowMs: 0 };
  const putForecastLimits = async ({ limits }: ForecastLimits) => {
    if (state.away) throw new Error('away');
    sent.push(limits);
  };
  const sender = new LimitsSender({ client: { putForecastLimits }, rules: () => state.rules, now: () => state.nowMs });
  await expect(sender.send()).rejects.toThrow('away');
  state.away = false;
  await sender.send();
  await sender.send();
  expect(sent.splice(0)).toEqual([[]]);
  state.rules = compileRules(ruleFile.parse({ rules: [{ name: 'one', match: { metric: 'swap' }, limit: 50 }] }));
  await sender.send();
  await sender.send();
  expect(sent.splice(0)).toEqual([[{ metric: 'swap', limit: 50 }]]);
  state.nowMs = 600_000;
  await sender.send();
  sender.renew();
  await sender.send();
  expect(sent).toHaveLength(2);
});
