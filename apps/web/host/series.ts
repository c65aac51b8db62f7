import type { HostMetricSeries, HostMetricsPage } from '#domain';
import type { Line } from '../charts/chart.js';
import { nameText } from '../text.js';
import type { HostAnswers } from './questions.js';

/** Steps without a value, or intervals of the host, after which a line has a gap. */
const GAP_STEPS = 2.5;
const SILENT_INTERVALS = 3;
const MOST_LINES = 6;

/** Values of a line at the middle of each step, with what lies between the smallest and the largest. */
interface Band {
  times: number[];
  values: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
}

type Step = [ms: number, mean: number, low: number, high: number];

function stepsOf({ points, extremes }: HostMetricSeries): Step[] {
  return points.map(([time, mean], i) => [Date.parse(time), mean, ...(extremes?.[i] ?? [mean, mean])] as Step);
}

/** A line through steps that rise in time; where the host said nothing for long, there is a gap. */
function bandOf(steps: Step[], stepMs: number, intervalMs: number): Band {
  const band: Band = { times: [], values: [], low: [], high: [] };
  const gapMs = Math.max(GAP_STEPS * stepMs, SILENT_INTERVALS * intervalMs);
  const push = (ms: number, values: [number | null, number | null, number | null]) => {
    band.times.push(ms + stepMs / 2);
    band.values.push(values[0]);
    band.low.push(values[1]);
    band.high.push(values[2]);
  };
  let before = Infinity;
  for (const [ms, mean, low, high] of steps) {
    if (ms - before > gapMs) push(before + stepMs, [null, null, null]);
    push(ms, [mean, low, high]);
    before = ms;
  }
  return band;
}

/** What several devices do together: the sum of each step. */
function sumOf(series: HostMetricSeries[]): Step[] {
  const sums = new Map<number, Step>();
  for (const [ms, mean, low, high] of series.flatMap(stepsOf)) {
    const sum = sums.get(ms);
    sums.set(ms, sum ? [ms, sum[1] + mean, sum[2] + low, sum[3] + high] : [ms, mean, low, high]);
  }
  return [...sums.values()].sort((a, b) => a[0] - b[0]);
}

type Named = Pick<HostAnswers, 'idle'>['idle'];

/**
 * CPU of the host, % of all cores: a processor that waits for a disk is as free as one that idles, and the wait is a line
 * of its own. The top of the band is at most so high, because idling and waiting are told apart.
 */
export function cpuLines({ idle, waiting }: Pick<HostAnswers, 'idle' | 'waiting'>, intervalMs: number): Line[] {
  const whole = ({ series }: Named) => series.find(({ tags }) => tags.cpu === 'cpu-total');
  const [idling, wait] = [whole(idle), whole(waiting)];
  if (!idling) return [];
  const waits = wait ? stepsOf(wait) : [];
  const waitAt = new Map(waits.map((step) => [step[0], step]));
  const percent = (value: number) => Math.min(100, Math.max(0, value));
  const busy = stepsOf(idling).map(([ms, mean, low, high]): Step => {
    const [, waited = 0, least = 0, most = 0] = waitAt.get(ms) ?? [];
    return [ms, percent(100 - mean - waited), percent(100 - high - most), percent(100 - low - least)];
  });
  const lines: Line[] = [{ label: 'busy', colour: 1, ...bandOf(busy, idle.stepMs, intervalMs) }];
  if (waits.some(([, , , high]) => high >= 1)) {
    lines.push({ label: 'waits for disks', colour: 2, ...bandOf(waits, waiting.stepMs, intervalMs) });
  }
  return lines;
}

export function memoryLines({ memory }: Pick<HostAnswers, 'memory'>, intervalMs: number): Line[] {
  const [series] = memory.series;
  return series ? [{ label: 'used', colour: 4, ...bandOf(stepsOf(series), memory.stepMs, intervalMs) }] : [];
}

/** All programs of a host added up, for one that tells nothing of itself. */
export function sumLines(page: HostMetricsPage | undefined, colour: number, intervalMs: number): Line[] {
  const [series] = page?.series ?? [];
  if (!page || !series) return [];
  return [{ label: 'all programs', colour, ...bandOf(stepsOf(series), page.stepMs, intervalMs) }];
}

/** Interfaces that pass on what another one of the same host has counted already. */
const passedOn = /^(?:veth|docker|br-|virbr|cni|flannel|cali|tap|tun|lo$)/;

export function networkLines({ received, sent }: Pick<HostAnswers, 'received' | 'sent'>, intervalMs: number): Line[] {
  const outer = (series: HostMetricSeries[]) => preferred(series, ({ tags }) => !passedOn.test(tags.interface ?? ''));
  return pair([received, 'in', 3], [sent, 'out', 5], outer, intervalMs);
}

/** A partition counts what its disk has counted, and so does what is mapped onto others. */
export function diskTrafficLines({ read, written }: Pick<HostAnswers, 'read' | 'written'>, intervalMs: number): Line[] {
  const disks = (series: HostMetricSeries[]) => {
    const names = series.map(({ tags }) => tags.name ?? '');
    const isPart = (name: string) =>
      /^(?:dm-|md)/.test(name) ||
      names.some((disk) => disk !== name && name.startsWith(disk) && /^p?\d+$/.test(name.slice(disk.length)));
    return preferred(series, ({ tags }) => !isPart(tags.name ?? ''));
  };
  return pair([read, 'read', 3], [written, 'written', 2], disks, intervalMs);
}

function preferred(series: HostMetricSeries[], isWanted: (one: HostMetricSeries) => boolean): HostMetricSeries[] {
  const wanted = series.filter(isWanted);
  return wanted.length > 0 ? wanted : series;
}

function pair(
  first: [HostMetricsPage, string, number],
  second: [HostMetricsPage, string, number],
  choose: (series: HostMetricSeries[]) => HostMetricSeries[],
  intervalMs: number,
): Line[] {
  return [first, second].flatMap(([{ series, stepMs }, label, colour]) => {
    const steps = sumOf(choose(series));
    return steps.length > 0 ? [{ label, colour, ...bandOf(steps, stepMs, intervalMs) }] : [];
  });
}

/** How full the fullest file systems are, the fullest first. */
export function fullLines({ full }: Pick<HostAnswers, 'full'>, intervalMs: number): Line[] {
  const newest = ({ points }: HostMetricSeries) => points.at(-1)?.[1] ?? 0;
  return full.series
    .toSorted((a, b) => newest(b) - newest(a))
    .slice(0, MOST_LINES)
    .map((series, i) => ({
      label: nameText(series.tags.path ?? '?'),
      colour: i + 1,
      ...bandOf(stepsOf(series), full.stepMs, intervalMs),
    }));
}
