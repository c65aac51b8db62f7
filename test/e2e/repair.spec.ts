import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type RunningApp,
  startApp,
  startProcess,
  startServer,
  stopAll,
  temporaryFolder,
} from '../support/processes.js';

const program = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'cli', 'main.js');
const apps: RunningApp[] = [];
let data: string;

beforeEach(() => {
  data = temporaryFolder();
});
afterEach(() => stopAll(apps.splice(0)));

function started<App extends RunningApp>(app: App): App {
  apps.push(app);
  return app;
}

async function send(url: string, name: string): Promise<void> {
  const response = await fetch(`${url}/api/v1/samples`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      id: `batch-of-${name}`,
      host: 'web-1',
      time: new Date().toISOString(),
      names: [name],
      count: [1],
      cpu: [1],
    }),
  });
  expect(response.status).toBe(200);
}

async function storedNames(url: string): Promise<string[]> {
  const answer = (await (await fetch(`${url}/api/v1/usage`)).json()) as { programs: { process: string }[] };
  return answer.programs.map(({ process }) => process);
}

/** A folder whose files hold `kept`; `late` is in the write-ahead log only, for the server was killed. */
async function killedServer(): Promise<void> {
  const first = started(await startServer(data));
  await send(first.url, 'kept');
  await first.stop();
  const second = started(await startServer(data));
  await send(second.url, 'late');
  await second.stop('SIGKILL');
}

/** Turns bytes in the middle of a file around, as a disk does. */
function damage(name: string): void {
  const path = join(data, name);
  const bytes = readFileSync(path);
  for (let i = 0; i < 8; i++) bytes[(bytes.length >> 1) + i]! ^= 0xff;
  writeFileSync(path, bytes);
}

describe('a damaged write-ahead log', () => {
  it('keeps the server from starting with a sentence that tells the way out, and repair is that way', async () => {
    await killedServer();
    const log = join(data, 'usage.duckdb.wal');
    damage('usage.duckdb.wal');
    const damaged = readFileSync(log);

    const refused = started(startApp('server', { AMBERWATCH_PORT: '0', AMBERWATCH_DATA: data }));
    expect(await refused.exited).toBe(1);
    expect(refused.output()).toContain(
      `Can't open ${join(data, 'usage.duckdb')}, because its write-ahead log ${log} is damaged. ` +
        `Run \`amberwatch repair --data ${data}\`, which moves the log aside and says what is lost, ` +
        'or set AMBERWATCH_REPAIR=start to have that done at the start.',
    );
    expect(refused.output()).not.toMatch(/^ +at /m);

    const repair = started(startProcess(process.execPath, [program, 'repair', '--data', data], {}, data));
    expect(await repair.exited).toBe(0);
    const aside = readdirSync(data).find((name) => /^usage\.duckdb\.wal\.damaged-[\dT.-]+Z$/.test(name)) as string;
    expect(repair.stdout()).toMatch(
      /usage\.duckdb opens without it and holds what was stored until 20[\d-]+T[\d:.]+Z; /,
    );
    expect(repair.stdout()).toContain(`is lost (${damaged.length} bytes of log)`);
    expect(repair.stdout()).toContain(`${join(data, 'state.duckdb')} is sound; nothing was changed.`);
    expect(readFileSync(join(data, aside)).equals(damaged)).toBe(true);

    const server = started(await startServer(data));
    expect(await storedNames(server.url)).toEqual(['kept']);
    await send(server.url, 'fresh');
    expect(await storedNames(server.url)).toEqual(['fresh', 'kept']);
  }, 60_000);

  it('is moved aside at the start where that is set, and said in the log', async () => {
    await killedServer();
    damage('usage.duckdb.wal');
    const server = started(await startServer(data, { AMBERWATCH_REPAIR: 'start' }));
    expect(server.output()).toMatch(
      /WARN.*usage\.duckdb\.wal was damaged and is \S+ now\..* is lost \(\d+ bytes of log\)/,
    );
    expect(await storedNames(server.url)).toEqual(['kept']);
  }, 60_000);

  it("of the server's own state is mended in the same way", async () => {
    await killedServer();
    // The state's log is a log of other tables than this, which is damage enough.
    copyFileSync(join(data, 'usage.duckdb.wal'), join(data, 'state.duckdb.wal'));
    damage('state.duckdb.wal');
    const refused = started(startApp('server', { AMBERWATCH_PORT: '0', AMBERWATCH_DATA: data }));
    expect(await refused.exited).toBe(1);
    expect(refused.output()).toContain(`${join(data, 'state.duckdb.wal')} is damaged`);
    const server = started(await startServer(data, { AMBERWATCH_REPAIR: 'start' }));
    expect(await storedNames(server.url)).toEqual(['kept', 'late']);
  }, 60_000);
});

describe('repair', () => {
  it('changes nothing where nothing is damaged, not even what is still in the log', async () => {
    await killedServer();
    const repair = started(startProcess(process.execPath, [program, 'repair', '--data', data, '--json'], {}, data));
    expect(await repair.exited).toBe(0);
    const files = ['usage.duckdb', 'state.duckdb'].map((name) => `${join(data, name)} is sound; nothing was changed.`);
    expect(JSON.parse(repair.stdout())).toEqual({ files });
    const server = started(await startServer(data));
    expect(await storedNames(server.url)).toEqual(['kept', 'late']);
  }, 60_000);

  it('leaves a running server alone, and a file that is no database as it is', async () => {
    const server = started(await startServer(data));
    const beside = started(startProcess(process.execPath, [program, 'repair', '--data', data], {}, data));
    expect(await beside.exited).toBe(1);
    expect(beside.output()).toContain(`is in use by process ${server.pid}`);
    await server.stop();
    const path = join(data, 'usage.duckdb');
    writeFileSync(path, 'x'.repeat(10_000));
    const repair = started(startProcess(process.execPath, [program, 'repair', '--data', data], {}, data));
    expect(await repair.exited).toBe(1);
    expect(repair.output()).toMatch(/Can't open .*usage\.duckdb: .*not a valid DuckDB database file/);
    expect(statSync(path).size).toBe(10_000);
  }, 60_000);
});
