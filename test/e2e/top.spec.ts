import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { textWidth } from '../../apps/cli/text-width.js';
import { AmberwatchClient } from '#client';
import { type RunningApp, startServer, stopAll, temporaryFolder } from '../support/processes.js';
import { hasTmux, startTerminal, type TmuxTerminal } from '../support/tmux.js';

const program = join(import.meta.dirname, '../../dist/apps/cli/main.js');
const MINUTE_MS = 60_000;

let server: RunningApp & { url: string };
const terminals: TmuxTerminal[] = [];

const open = (columns: number, rows: number, ...words: string[]) => {
  const command = [process.execPath, program, 'top', '--url', server.url, '--window', '10m', ...words];
  const terminal = startTerminal(command, { columns, rows });
  terminals.push(terminal);
  return terminal;
};

/** Ten programs of each of two hosts and one with hostile names; an hour ago another one was the largest. */
async function fill(client: AmberwatchClient): Promise<void> {
  const nowMs = Date.now();
  const put = (host: string, service: string | undefined, agoMs: number, programs: [string, number, number][]) =>
    client.putSamples({
      id: `top-${host}-${agoMs}`.replaceAll(/[^\w-]/g, '-').slice(0, 64),
      host,
      service,
      time: new Date(nowMs - agoMs).toISOString(),
      names: programs.map(([name]) => name),
      count: programs.map(([, , mem]) => Math.round(mem) + 1),
      cpu: programs.map(([, cpu]) => cpu),
      cpuMax: programs.map(([, cpu]) => cpu),
      mem: programs.map(([, , mem]) => mem),
      memMax: programs.map(([, , mem]) => mem),
      rssBytes: programs.map(([, , mem]) => Math.round(mem * 2 ** 20)),
    });
  const workers = (base: number) =>
    Array.from({ length: 10 }, (_, i): [string, number, number] => [`worker-${i}`, base - i, i / 10]);
  await put('web-1', 'shop', 60 * MINUTE_MS, [['backup', 99, 1]]);
  await put('web-1', 'shop', MINUTE_MS, [['nginx', 61.5, 5], ...workers(40)]);
  await put('web-2', 'shop', MINUTE_MS, [['java', 20, 54], ...workers(30)]);
  await put('odd-🔥漢字', undefined, MINUTE_MS, [['evil\u001b[2J\n\u202e漢字漢字', 50, 2]]);
}

(hasTmux ? describe : describe.skip)('top in a real terminal', () => {
  beforeAll(async () => {
    server = await startServer(temporaryFolder());
    await fill(new AmberwatchClient({ baseUrl: server.url }));
  }, 60_000);
  afterAll(() => stopAll([server]));
  afterEach(() => {
    for (const terminal of terminals.splice(0)) terminal.close();
  });

  const firstRows = (lines: string[], count = 2) =>
    lines.slice(3, 3 + count).map((line) => line.split(/\s+/).slice(0, 2));

  it('shows the largest first at 60 columns, with what is left out, and ends with q', async () => {
    const terminal = open(60, 14);
    const lines = await terminal.see(/nginx/);
    expect(lines[0]).toMatch(/^amberwatch top {2}\d\d:\d\d:\d\dZ, by cpu, mean of 10 min$/);
    expect(lines[1]).toBe('');
    expect(lines[2]).toMatch(/^HOST +PROGRAM +COUNT +CPU % +MAX % +MEM % +RSS$/);
    expect(firstRows(lines)[0]).toEqual(['web-1', 'nginx']);
    expect(lines[4]).toMatch(/^odd-🔥漢字 +evil\\x1b\[2J.* 50\.0 /);
    expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(60);
    expect(lines).toHaveLength(14);
    terminal.press('q');
    await terminal.see(/ended 0/);
  });

  it('sorts by the keys m, p, c and n', async () => {
    const terminal = open(200, 14);
    await terminal.see(/nginx/);
    terminal.press('m');
    expect(firstRows(await terminal.see(/by mem[^]*RSS\nweb-2/))).toEqual([
      ['web-2', 'java'],
      ['web-1', 'nginx'],
    ]);
    terminal.press('n');
    expect(firstRows(await terminal.see(/by name[^]*RSS\nodd/))[1]).toEqual(['web-1', 'nginx']);
    terminal.press('p');
    expect(firstRows(await terminal.see(/by count[^]*RSS\nweb-2/))[0]).toEqual(['web-2', 'java']);
    terminal.press('c');
    expect(firstRows(await terminal.see(/by cpu[^]*RSS\nweb-1/))[0]).toEqual(['web-1', 'nginx']);
  });

  it('filters as it is typed; Enter keeps it, Esc clears it', async () => {
    const terminal = open(60, 14);
    await terminal.see(/nginx/);
    terminal.press('/', 'J', 'A');
    const typing = await terminal.see(/RSS\nweb-2 +java[^\n]*\n\n/);
    expect(typing[1]).toBe('/JA_  Enter keeps it, Esc clears it');
    terminal.press('Enter');
    expect((await terminal.see(/filter "JA"/))[3]).toMatch(/^web-2 +java/);
    terminal.press('Escape');
    await terminal.see(/RSS\nweb-1 +nginx/);
  });

  it('scrolls by lines and pages, to the end and back', async () => {
    const terminal = open(60, 10);
    await terminal.see(/nginx/);
    terminal.press('End');
    expect((await terminal.see(/worker-9/)).at(-2)).toMatch(/^web-2 +java/);
    terminal.press('Home');
    await terminal.see(/RSS\nweb-1 +nginx/);
    terminal.press('PageDown', 'PageDown', 'Down');
    const lines = await terminal.see(/RSS\nweb-1 +worker-4/);
    expect(lines[8]).toMatch(/^web-1 +worker-9/);
  });

  it('unfolds a tree by host and by service', async () => {
    const terminal = open(60, 14);
    await terminal.see(/nginx/);
    terminal.press('t');
    await terminal.see(/RSS\n▸ web-1 [^]*\n▸ web-2 [^]*\n▸ odd-🔥漢字/);
    terminal.press('Enter');
    await terminal.see(/▾ web-1 [^\n]*\n {4}nginx +6 +61\.5 [^]*worker-0/);
    terminal.press('Enter', 't');
    await terminal.see(/RSS\n▸ shop [^]*▸ \(no service\)/);
    terminal.press('Enter');
    await terminal.see(/▾ shop [^\n]*\n {2}▸ web-1 /);
  });

  it('goes back in time to who it was, and returns to now', async () => {
    const terminal = open(60, 14, '--at', '55 min ago');
    const past = await terminal.see(/backup/);
    expect(past[0]).toMatch(/^amberwatch top {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ, 55 min ago, by cpu/);
    terminal.press('Right');
    await terminal.see(/45 min ago[^]*No program has a sample/);
    terminal.press('Left');
    await terminal.see(/55 min ago[^]*RSS\nweb-1 +backup/);
    terminal.press('S-Left');
    await terminal.see(/No program has a sample/);
    terminal.press('g');
    await terminal.see(/RSS\nweb-1 +nginx/);
  });

  it('pauses, and says so', async () => {
    const terminal = open(60, 14);
    await terminal.see(/nginx/);
    terminal.press('Space');
    await terminal.see(/PAUSED/);
    terminal.press('z');
    await terminal.see(/Z, by cpu/);
  });

  it('shows its keys, and draws itself anew in another size', async () => {
    const terminal = open(60, 14);
    await terminal.see(/nginx/);
    terminal.press('h');
    await terminal.see(/PgUp PgDn/);
    terminal.press('x');
    await terminal.see(/nginx/);
    terminal.resize(200, 9);
    const wide = await terminal.see(/q quit$/);
    expect(wide).toHaveLength(9);
    terminal.resize(40, 14);
    const narrow = await terminal.see(/left out for want of room/);
    expect(narrow[2]).toMatch(/^HOST +PROGRAM +CPU % +MEM %$/);
    expect(Math.max(...narrow.map(textWidth))).toBeLessThanOrEqual(40);
  });

  it('keeps the last picture and says why where the server is away, and goes on when it is back', async () => {
    const folder = temporaryFolder();
    const own = await startServer(folder);
    await fill(new AmberwatchClient({ baseUrl: own.url }));
    const command = [process.execPath, program, 'top', '--url', own.url, '--window', '10m', '--every', '250ms'];
    const terminal = startTerminal(command, { columns: 100, rows: 14 });
    terminals.push(terminal);
    await terminal.see(/RSS/);
    await own.stop();
    expect((await terminal.see(/not up to date: .* can't be reached/))[2]).toMatch(/^HOST/);
    const again = await startServer(folder, { AMBERWATCH_PORT: new URL(own.url).port });
    await terminal.see(/mean of[^\n]*\n\nHOST/);
    terminal.press('C-c');
    await terminal.see(/ended 0/);
    await again.stop();
  });
});
