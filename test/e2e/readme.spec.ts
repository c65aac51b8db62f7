import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import { startServer, stopAll, temporaryFolder, type RunningApp } from '../support/processes.js';

const readme = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
/** What the README has a reader type, each with its lines that go on. */
const commands = [...readme.matchAll(/^\$ (curl .*(?:\n {2}.*)*)/gm)].map(([, command]) => command as string);

describe("the README's example", () => {
  let server: RunningApp & { url: string };
  beforeAll(async () => {
    server = await startServer(temporaryFolder());
  }, 60_000);
  afterAll(() => stopAll([server]));

  it('is taken as it stands, and leaves no host behind that would be missed', async () => {
    const run = (command: string) =>
      execFileSync('sh', ['-ec', command.replaceAll('localhost:8000', new URL(server.url).host)], { encoding: 'utf8' });
    expect(commands).toHaveLength(5);
    const [getAll, detailed, state, save, forget] = commands as [string, string, string, string, string];
    expect(JSON.parse(run(getAll))).toEqual({});
    expect(JSON.parse(run(detailed))).toEqual({});
    expect(JSON.parse(run(state))).toMatchObject({ alerts: [] });
    expect(JSON.parse(run(save))).toEqual({ Response: 'Ok' });
    const client = new AmberwatchClient({ baseUrl: server.url });
    expect((await client.hosts()).hosts).toMatchObject([{ host: '10.0.0.7' }]);
    expect(run(forget)).toBe('');
    expect((await client.hosts()).hosts).toEqual([]);
  });
});
