import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import { StateStore } from '#store';
import { temporaryFolder } from '../../../test/support/processes.js';
import { Tokens } from './tokens.js';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const MINUTE_MS = 60_000;

let state: StateStore;
let tokens: Tokens;
const open = async (text: string | undefined = 'a-token-of-enough-length') => {
  const made = new Tokens(state, new SchedulerRegistry(), { AMBERWATCH_TOKEN: text });
  await made.onModuleInit();
  return made;
};
beforeEach(async () => {
  state = await StateStore.open({ folder: temporaryFolder() });
  tokens = await open();
});
afterEach(async () => {
  await tokens.onApplicationShutdown();
  await state.close();
});

describe('a token', () => {
  it('is known until its end and not a moment longer, and so are its sessions', async () => {
    const expiresAt = new Date(NOW + MINUTE_MS).toISOString();
    const { id, token } = await tokens.create({ kind: 'read', expiresAt }, NOW);
    expect(tokens.find(token, NOW + MINUTE_MS - 1)).toMatchObject({ id, kind: 'read' });
    expect(tokens.rightsOf(id, NOW + MINUTE_MS - 1)).toMatchObject({ id, kind: 'read' });
    expect([tokens.find(token, NOW + MINUTE_MS), tokens.rightsOf(id, NOW + MINUTE_MS)]).toEqual([undefined, undefined]);
  });

  it('goes on for ten minutes by its text before a renewal, and by no text before that', async () => {
    const first = await tokens.create({ kind: 'read' }, NOW);
    const second = await tokens.renew(first.id, NOW);
    const inGrace = NOW + 10 * MINUTE_MS - 1;
    expect([first, second].map(({ token }) => tokens.find(token, inGrace)?.id)).toEqual([first.id, first.id]);
    expect([first, second].map(({ token }) => tokens.find(token, inGrace + 1)?.id)).toEqual([undefined, first.id]);
    const third = await tokens.renew(first.id, NOW);
    expect([first, second, third].map(({ token }) => tokens.find(token, NOW)?.id)).toEqual([
      undefined,
      first.id,
      first.id,
    ]);
  });

  it('that has run out is not renewed', async () => {
    const { id } = await tokens.create({ kind: 'read', expiresAt: new Date(NOW + 1).toISOString() }, NOW);
    await expect(tokens.renew(id, NOW + 1)).rejects.toMatchObject({ code: 'INVALID' });
  });

  it('is known after a restart, and its last use too', async () => {
    const { id, token } = await tokens.create({ kind: 'write', hosts: ['web-*'], name: 'the shop' }, NOW);
    tokens.used({ id, kind: 'write' }, '10.0.0.7', NOW + 1234);
    const before = tokens.list(NOW);
    await tokens.onApplicationShutdown();
    tokens = await open();
    expect(tokens.list(NOW)).toEqual(before);
    expect(before.find((one) => one.id === id)).toMatchObject({
      lastUsedAt: new Date(NOW + 1234).toISOString(),
      lastUsedFrom: '10.0.0.7',
    });
    expect(tokens.find(token, NOW)).toMatchObject({ kind: 'write', hosts: ['web-*'] });
  });

  it('tells who follows that it has ended, once it has', async () => {
    const { id, token } = await tokens.create({ kind: 'read' }, NOW);
    const ended: unknown[] = [];
    tokens.ended.subscribe((one) => ended.push([one.id, tokens.find(token, NOW)]));
    await tokens.revoke(id);
    expect(ended).toEqual([[id, undefined]]);
  });
});
