import type { AmberwatchClient } from '#client';
import { alertText, growthText } from '#alarm';
import { type Alert, escapeForConsole, formatDuration } from '#domain';
import { barChart } from '../chart.js';
import { exitStatus, type Input } from '../command.js';
import { metricOf, paints, predicted, stateOf } from '../server/alert-table.js';
import { AlertChanges } from '../server/alert-changes.js';
import { hostSeries, programSeries, type Series, unitSeries } from '../server/host-series.js';
import { shortIds } from '../server/short-ids.js';
import { clockText } from '../server/time-range.js';
import { withServer } from '../server/with-server.js';
import { paint, type Terminal } from '../terminal.js';
import { cutTo } from '../text-width.js';

/** How much is shown before it began, and after it ended. */
const AROUND_MS = 20 * 60_000;
const CHART_HEIGHT = 6;
const WIDEST_CHART = 100;
const DEFAULT_WIDTH = 80;
const MOST_POINTS = 200;

/** All about one alert: what it is, how its value went, who did it, what was predicted, each change, and what can be done. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const { alert, series, range, ids } = await withServer(input, terminal, async (client) => {
    const found = await client.alert(input.words[0] as string);
    const nowMs = Date.now();
    const fromMs = Date.parse(found.opened) - AROUND_MS;
    const toMs = found.closed === null ? nowMs : Math.min(nowMs, Date.parse(found.closed) + AROUND_MS);
    const drawn = { fromMs, toMs, stepMs: Math.max(1000, Math.ceil((toMs - fromMs) / MOST_POINTS)) };
    const [values, state] = await Promise.all([valuesOf(client, found, drawn), client.alarmState()]);
    return { alert: found, series: values, range: drawn, ids: [found.id, ...state.alerts.map(({ id }) => id)] };
  });
  if (input.options['json']) {
    const points = series?.points.map(([timeMs, value]) => [new Date(timeMs).toISOString(), value]) ?? [];
    terminal.out(`${JSON.stringify({ ...alert, points }, undefined, 2)}\n`);
    return exitStatus.fine;
  }
  const nowMs = Date.now();
  const id = shortIds(ids).get(alert.id) ?? alert.id;
  const head = (text: string) => paint(text, 'bold', terminal);
  const lines = [
    `${paint(alert.color, paints[alert.color], terminal)} ${head(alertText(alert, nowMs))}`,
    ...facts(alert, nowMs).map(([name, text]) => `${name.padEnd(12)}${escapeForConsole(text)}`),
  ];
  if (series && series.points.length > 0) {
    const width = Math.min(terminal.columns ?? DEFAULT_WIDTH, WIDEST_CHART);
    const size = { width, height: CHART_HEIGHT, limit: alert.limit };
    lines.push('', ...barChart({ ...range, points: series.points }, size, (value) => `${value.toFixed(0)} %`));
    lines.push(`${clockText(range.fromMs)} – ${clockText(range.toMs)} UTC`);
  }
  lines.push('', head('Timeline'), ...new AlertChanges(terminal.color).take(alert, nowMs).map(({ line }) => line));
  lines.push('', head('Commands'), ...commandsFor(alert, id));
  const fit = (line: string) =>
    terminal.columns === undefined || terminal.color ? line : cutTo(line, terminal.columns);
  terminal.out(`${lines.map(fit).join('\n')}\n`);
  return exitStatus.fine;
}

/** What the alert is judged by; undefined where that is no value, as with a host that is silent. */
async function valuesOf(
  client: AmberwatchClient,
  { host, process, unit, metric, device, reason }: Alert,
  range: { fromMs: number; toMs: number; stepMs: number },
): Promise<Series | undefined> {
  if (unit !== undefined)
    return unitSeries(client, { host, unit, field: metric === 'cpu' ? 'cpuShare' : 'memShare' }, range);
  if (metric === 'data' || metric === 'inodes' || metric === 'swap') return undefined;
  if (process === null) {
    const all = await hostSeries(client, host, metric, range);
    return metric === 'disk' ? all.find(({ name }) => name === `disk ${device ?? '?'}`) : all[0];
  }
  if (metric === 'disk') return undefined;
  const sum = reason === 'sum-above-limit';
  const field = metric === 'cpu' ? ('cpuMax' as const) : sum ? ('mem' as const) : ('memMax' as const);
  return programSeries(client, { host, process, field }, range);
}

function facts(alert: Alert, nowMs: number): [string, string][] {
  const { opened, closed, breach, current, peak, limit, rule, runbook, culprits, count, largest } = alert;
  const { victim, reason } = alert;
  const growth = growthText(alert);
  const quiet = [
    ...(alert.acknowledged ? [['acknowledged', alert.acknowledged] as const] : []),
    ...(alert.silenced ? [['silenced', alert.silenced] as const] : []),
  ];
  const state = stateOf({ ...alert, acknowledged: undefined, silenced: undefined }, nowMs);
  const ended = closed === null ? '' : `, over at ${clockText(Date.parse(closed))}`;
  const lasted = formatDuration((closed === null ? nowMs : Date.parse(closed)) - Date.parse(opened));
  const values = [
    ...(closed === null && typeof current === 'number' ? [`${current.toFixed(1)} % now`] : []),
    ...(typeof peak === 'number' ? [`${peak.toFixed(1)} % at most`] : []),
    ...(limit === null ? [] : [`limit ${limit} %`]),
  ];
  return [
    ['id', alert.id],
    ['since', `${clockText(Date.parse(opened))} UTC${ended}, ${lasted}`],
    ...(values.length > 0 ? ([[metricOf(alert), values.join(', ')]] as [string, string][]) : []),
    ...(state === '-' ? [] : ([['state', state]] as [string, string][])),
    ...quiet.map(([word, { by, why, until }]): [string, string] => [
      word,
      `by ${by} until ${until.slice(0, 19)}Z: ${why}`,
    ]),
    ...(breach ? ([['predicted', `${predicted(breach, limit, nowMs)}: ${breach.reason}`]] as [string, string][]) : []),
    ...(count === undefined
      ? []
      : ([['processes', `${count}${largest === undefined ? '' : `, the largest ${largest.toFixed(1)} %`}`]] as [
          string,
          string,
        ][])),
    ...(growth === undefined ? [] : ([['grew', growth]] as [string, string][])),
    ...(victim === undefined
      ? []
      : ([[reason === 'oom-killed' ? 'killed' : 'would kill', victim]] as [string, string][])),
    ...(culprits ?? []).map((one): [string, string] => [
      'used by',
      `${one.process} ${one.share.toFixed(1)} % (${one.count} processes)`,
    ]),
    ...(rule === undefined ? [] : ([['rule', rule]] as [string, string][])),
    ...(runbook === undefined ? [] : ([['runbook', runbook]] as [string, string][])),
  ];
}

function commandsFor({ host, process, unit, opened, closed }: Alert, id: string): string[] {
  const of = `--host ${quoted(host)}`;
  const group = unit === undefined ? '' : ` --unit ${quoted(unit)}`;
  const program = process === null ? group : ` --process ${quoted(process)}`;
  return [
    ...(closed === null
      ? [`amberwatch silence ack ${id} --why 'on it'`, `amberwatch silence add ${of}${program} --for 2h --why 'deploy'`]
      : []),
    `amberwatch at ${opened.slice(0, 19)}Z ${of}`,
    `amberwatch history ${quoted(host)}${process === null ? '' : ` ${quoted(process)}`} --from ${opened.slice(0, 16)}Z`,
  ];
}

/** One word of a shell, whatever is in the name; what a terminal can't show as it is, a shell must not get either. */
function quoted(name: string): string {
  if (/^[\w.@%+=:,/-]+$/.test(name)) return name;
  const shown = escapeForConsole(name);
  return `'${shown.replaceAll("'", `'\\''`)}'`;
}
