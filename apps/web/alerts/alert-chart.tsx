import { useMemo } from 'preact/hooks';
import type { Alert } from '#domain';
import { Chart } from '../charts/chart.js';
import type { Mark, Path } from '../charts/marks.js';
import { go } from '../navigation.js';
import { useRangeEnd } from '../parts/range-end.js';
import { Notice } from '../parts/notice.js';
import { iso, type Range } from '../range.js';
import { percent } from '../text.js';
import { aboutWords, shareWords, valueNow } from './alert-words.js';
import { useAlertLines } from './alert-lines.js';

const HALF_HOUR_MS = 1_800_000;
const LIVE_STEP_MS = 10_000;
/** Marks that can still be told apart. */
const MAX_MARKS = 24;

/** From half an hour before an alert to its end, or to now. */
export function alertRange({ opened, closed }: Pick<Alert, 'opened' | 'closed'>, nowMs: number): Range {
  const openedMs = Date.parse(opened);
  const endMs = closed === null ? nowMs : Date.parse(closed);
  const around = Math.max(HALF_HOUR_MS, (endMs - openedMs) / 4);
  const toMs = closed === null ? Math.max(nowMs, openedMs) : Math.min(nowMs, endMs + around / 3);
  return { fromMs: openedMs - around, toMs, live: closed === null };
}

/** What an alert is about around the time in which it was open, with its limit, its colours and what is predicted. */
export function AlertChart({ alert }: { alert: Alert }) {
  const nowMs = useRangeEnd(LIVE_STEP_MS);
  const range = alertRange(alert, nowMs);
  const { lines, asked } = useAlertLines(alert, range);
  const marks = useMemo(() => marksOf(alert), [alert]);
  const path = useMemo(() => pathOf(alert), [alert]);
  const { host, process, unit, limit, metric } = alert;
  if (metric === 'data') return <Notice kind="empty" title="While a host sends nothing there is nothing to draw." />;
  if (lines.length === 0) {
    if (asked.loading && metric !== 'swap') return <Notice kind="loading" title="Loading the history …" />;
    return <Notice kind="empty" title="There is no history of it at that time." />;
  }
  const view = process !== null ? 'program' : unit === undefined ? 'host' : 'unit';
  const about = { view, host, process: process ?? undefined, unit } as const;
  return (
    <Chart
      title={`${aboutWords(alert)}, ${shareWords(alert)}`}
      range={range}
      lines={lines}
      format={percent}
      atLeast={limit ?? 100}
      limit={limit ?? undefined}
      marks={marks}
      path={path}
      height={240}
      onPin={(ms) => go({ view: 'host', host, at: iso(ms), from: iso(range.fromMs), to: iso(range.toMs) })}
      onRange={(from, to) => go({ ...about, from: iso(from), to: iso(to) })}
    />
  );
}

function marksOf({ history }: Alert): Mark[] {
  return history.slice(-MAX_MARKS).map(({ time, color, outcome }) => ({
    atMs: Date.parse(time),
    kind: color === 'RED' ? 'red' : color === 'AMBER' ? 'amber' : 'ok',
    text: color === 'GREEN' ? 'OK' : `${color}${outcome === undefined ? '' : ` ${outcome}`}`,
  }));
}

/** What is predicted now; of what has turned RED or is over, nothing is. */
function pathOf(alert: Alert): Path | undefined {
  const { breach, color, closed, limit, since, currentTime } = alert;
  const value = valueNow(alert);
  if (!breach || color !== 'AMBER' || closed !== null || limit === null || value === null) return undefined;
  const latestMs = Date.parse(breach.to);
  const fromMs = Date.parse(currentTime ?? since);
  return {
    fromMs,
    value,
    limit,
    atMs: Date.parse(breach.at),
    earliestMs: Date.parse(breach.from),
    latestMs,
    toMs: latestMs + (latestMs - fromMs) / 10,
  };
}
