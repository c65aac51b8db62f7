import { msToIso, type NotificationItem } from '#domain';
import { type AmberwatchClient, hostCpu } from '#client';
import { CHART_MS, type Chart } from './chart.js';

/** Points of a chart: one each half minute. */
const STEP = '30s';

type Shown = NotificationItem['incident'];
type Client = Pick<AmberwatchClient, 'history' | 'hostMetrics' | 'unitHistory'>;

/** The last hour of what an alert is about; undefined where there is nothing to draw. Rejects where the server is away. */
export async function readChart(client: Client, alert: Shown, nowMs: number, signal: AbortSignal) {
  const fromMs = nowMs - CHART_MS;
  const points = alert.metric === 'data' ? [] : await readPoints(client, alert, msToIso(fromMs), signal);
  const shown = points.map(([time, value]): [number, number] => [Date.parse(time), value]);
  const chart: Chart = { points: shown, fromMs, toMs: nowMs, limit: alert.limit };
  return shown.length < 2 ? undefined : chart;
}

function readPoints(client: Client, alert: Shown, from: string, signal: AbortSignal) {
  const { host, process, unit, metric } = alert;
  if (unit !== undefined) {
    const asked = { host, unit, metric: metric === 'cpu' ? 'cpuShare' : 'memShare', from, step: STEP, limit: 1 };
    return client.unitHistory(asked, { signal }).then(({ series }) => series[0]?.points ?? []);
  }
  if (process === null) return readHost(client, alert, from, signal);
  const query = { host, process, metric: metric === 'cpu' ? 'cpuMax' : 'memMax', from, step: STEP, limit: 1 };
  return client.history(query, { signal }).then(({ series }) => series[0]?.points ?? []);
}

async function readHost(client: Client, { host, metric, device }: Shown, from: string, signal: AbortSignal) {
  const range = { from, step: STEP };
  if (metric === 'cpu') return hostCpu(client, host, range, { signal });
  // Of swap there are bytes only, so that there is no share to draw.
  if (metric === 'swap') return [];
  const isDisk = metric === 'disk' || metric === 'inodes';
  const field = metric === 'inodes' ? 'inodes_used_percent' : 'used_percent';
  const query = { ...range, measurement: isDisk ? 'disk' : metric, field };
  const { series } = await client.hostMetrics(host, query, { signal });
  return series.find(({ tags }) => !isDisk || tags.path === device)?.points ?? [];
}

/** What each culprit of an alert on a host gained in the last hour, in the unit of its share. */
export async function readGrowth(client: Client, alert: Shown, nowMs: number, signal: AbortSignal) {
  const { host, metric, culprits = [] } = alert;
  const from = msToIso(nowMs - CHART_MS);
  const gains = culprits.map(async ({ process, share }): Promise<[string, number] | undefined> => {
    const { series } = await client.history({ host, process, metric, from, step: '5m', limit: 1 }, { signal });
    const values = (series[0]?.points ?? []).map(([, value]) => value);
    const [first, last] = [values[0], values.at(-1)];
    if (first === undefined || last === undefined || last <= 0 || values.length < 2) return undefined;
    // The history counts cpu in % of one core and the share in % of all: only the ratio is the same in both.
    return [process, (share * (last - first)) / last];
  });
  return new Map((await Promise.all(gains)).filter((one) => one !== undefined));
}
