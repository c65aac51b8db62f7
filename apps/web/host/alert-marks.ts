import type { Alert } from '#domain';
import type { Mark } from '../charts/marks.js';
import { nameText } from '../text.js';

/** Charts on which alerts are marked. */
export type MarkedChart = 'cpu' | 'mem' | 'disk';
const chartOf = { cpu: 'cpu', mem: 'mem', swap: 'mem', disk: 'disk', inodes: 'disk', data: undefined } as const;

/** Moments at which alerts of a host turned AMBER or RED, by the chart that they belong to. */
export function alertMarks(alerts: readonly Alert[]): Record<MarkedChart, Mark[]> {
  const marks: Record<MarkedChart, Mark[]> = { cpu: [], mem: [], disk: [] };
  for (const alert of alerts) {
    const chart = chartOf[alert.metric];
    if (chart === undefined) continue;
    const subject = nameText(alert.process ?? alert.unit ?? alert.device ?? 'host');
    const short = subject.length > 20 ? `${subject.slice(0, 19)}…` : subject;
    for (const { time, color } of alert.history) {
      if (color === 'GREEN') continue;
      marks[chart].push({ atMs: Date.parse(time), kind: color === 'RED' ? 'red' : 'amber', text: `${color} ${short}` });
    }
  }
  return marks;
}
