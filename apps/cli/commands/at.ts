import { escapeForConsole, type UsageOrder } from '#domain';
import { exitStatus, type Input } from '../command.js';
import { readMoment } from '../moment.js';
import { alertsTable } from '../server/alert-table.js';
import { alertsThen } from '../server/alerts-then.js';
import { hostSeries } from '../server/host-series.js';
import { programsTable } from '../server/server-tables.js';
import { shortIds } from '../server/short-ids.js';
import { clockText } from '../server/time-range.js';
import { findHost } from '../server/known-host.js';
import { withServer } from '../server/with-server.js';
import { paint, type Terminal } from '../terminal.js';

const DEFAULT_WINDOW_MS = 60_000;
const DEFAULT_ROWS = 10;

/** Who it was: the programs that used the most at a moment, and the alerts that were open then. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const {
    host: name,
    window = DEFAULT_WINDOW_MS,
    rows = DEFAULT_ROWS,
    json,
  } = input.options as {
    host?: string;
    window?: number;
    rows?: number;
    json?: boolean;
  };
  const atMs = readMoment('TIME', input.words.join(' '), Date.now());
  const windowMs = Math.max(1000, window);
  const then = await withServer(input, terminal, async (client) => {
    const host = name === undefined ? undefined : (await findHost(client, name)).host;
    const largest = async (order: UsageOrder) => {
      const query = {
        host,
        at: new Date(atMs).toISOString(),
        window: `${Math.round(windowMs / 1000)}s`,
        order,
        limit: rows,
      };
      return (await client.usage(query)).programs;
    };
    const range = { fromMs: atMs - windowMs, toMs: atMs, stepMs: windowMs };
    const own = async (field: 'cpu' | 'mem') => (host === undefined ? [] : hostSeries(client, host, field, range));
    const [byCpu, byMemory, alerts, cpu, mem] = await Promise.all([
      largest('cpuTotal'),
      largest('memTotal'),
      alertsThen(client, atMs, host),
      own('cpu'),
      own('mem'),
    ]);
    return { host, byCpu, byMemory, alerts, own: [...cpu, ...mem] };
  });
  const { host, byCpu, byMemory, alerts } = then;
  if (json) {
    const more = byMemory.filter(
      (one) => !byCpu.some(({ host: of, process }) => of === one.host && process === one.process),
    );
    const answer = { at: new Date(atMs).toISOString(), windowMs, processes: [...byCpu, ...more], alerts };
    terminal.out(`${JSON.stringify(answer, undefined, 2)}\n`);
    return exitStatus.fine;
  }
  const head = (text: string) => paint(text, 'bold', terminal);
  const figures = then.own.flatMap(({ name: metric, points }) => {
    const value = points.at(-1)?.[1];
    return value === undefined ? [] : [`${metric} ${value.toFixed(1)} %`];
  });
  const own = figures.length > 0 ? `\n${figures.join(', ')}` : '';
  const where = host === undefined ? '' : `${escapeForConsole(host)} at `;
  const programs = (title: string, list: typeof byCpu) =>
    `${head(title)}\n${list.length > 0 ? programsTable(list, terminal, host !== undefined) : 'No samples of that time.\n'}`;
  const ids = shortIds(alerts.map(({ id }) => id));
  terminal.out(
    [
      `${head(`${where}${clockText(atMs)} UTC`)}${own}\n`,
      programs('Most cpu', byCpu),
      programs('Most memory', byMemory),
      alerts.length > 0
        ? `${head('Alerts then')}\n${alertsTable(alerts, ids, atMs, terminal)}`
        : 'No alert was open then.\n',
    ].join('\n'),
  );
  return exitStatus.fine;
}
