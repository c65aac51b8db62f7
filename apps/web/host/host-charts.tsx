import { useMemo } from 'preact/hooks';
import type { Alert } from '#domain';
import { Chart, type Line } from '../charts/chart.js';
import { showRange } from '../parts/range-bar.js';
import type { Range } from '../range.js';
import type { Store } from '../store.js';
import { bytes, percent } from '../text.js';
import { alertMarks, type MarkedChart } from './alert-marks.js';
import type { MomentStep } from './moment.js';
import type { HostAnswers, HostQuestion } from './questions.js';
import { cpuLines, diskTrafficLines, fullLines, memoryLines, networkLines, sumLines } from './series.js';

/** What all charts of a host have in common, as it was when they were asked for. */
export interface Drawn {
  answers: HostAnswers;
  range: Range;
  stepMs: number;
}

const rate = (value: number | null | undefined) => (value === null || value === undefined ? '–' : `${bytes(value)}/s`);

interface HostChart {
  key: string;
  title: string;
  lines: (answers: HostAnswers, intervalMs: number) => Line[];
  format: (value: number | null | undefined) => string;
  atLeast?: number;
  marks?: MarkedChart;
  question: HostQuestion;
}

const charts: HostChart[] = [
  { key: 'cpu', title: 'CPU, % of all cores', lines: cpuLines, format: percent, atLeast: 10, marks: 'cpu', question: 'idle' }, // prettier-ignore
  { key: 'mem', title: 'Memory, %', lines: memoryLines, format: percent, atLeast: 100, marks: 'mem', question: 'memory' }, // prettier-ignore
  { key: 'net', title: 'Network', lines: networkLines, format: rate, atLeast: 1024, question: 'received' },
  { key: 'io', title: 'Disk traffic', lines: diskTrafficLines, format: rate, atLeast: 1024, question: 'written' },
  { key: 'full', title: 'Disks full, %', lines: fullLines, format: percent, atLeast: 100, marks: 'disk', question: 'full' }, // prettier-ignore
];

/** What is shown of a host that tells nothing of itself, by the key of the chart in whose place it stands. */
const sums: Partial<Record<string, Partial<HostChart>>> = {
  cpu: {
    title: 'CPU of all programs, % of one core',
    lines: ({ programsCpu }, intervalMs) => sumLines(programsCpu, 1, intervalMs),
    question: 'programsCpu',
  },
  mem: {
    title: 'Memory of all programs, %; shared pages count often',
    lines: ({ programsMemory }, intervalMs) => sumLines(programsMemory, 4, intervalMs),
    question: 'programsMemory',
  },
};

/** The charts as this host can have them. */
function chartsOf(answers: HostAnswers): HostChart[] {
  return charts.map((chart) => {
    const asked = sums[chart.key]?.question;
    return asked !== undefined && answers[asked] !== undefined ? { ...chart, ...sums[chart.key] } : chart;
  });
}

export function HostCharts({
  drawn: { answers, range, stepMs },
  alerts,
  intervalMs,
  pinnedMs,
  cursor,
  onPin,
}: {
  drawn: Drawn;
  alerts: readonly Alert[];
  intervalMs: number;
  pinnedMs: number | undefined;
  cursor: Store<MomentStep | undefined>;
  onPin: (step: MomentStep) => void;
}) {
  const shown = useMemo(() => chartsOf(answers), [answers]);
  const lines = useMemo(() => shown.map((chart) => chart.lines(answers, intervalMs)), [shown, answers, intervalMs]);
  const marks = useMemo(() => alertMarks(alerts), [alerts]);
  return (
    <div class="host-charts">
      {shown.map(({ key, title, format, atLeast, marks: marked, question }, i) => {
        const step = (ms: number): MomentStep => ({ fromMs: Math.floor(ms / stepMs) * stepMs, stepMs, question });
        const own = lines[i] as Line[];
        return (
          <section key={key} class={`panel host-chart host-chart-${key}`}>
            <Chart
              title={title}
              range={range}
              lines={own}
              format={format}
              atLeast={atLeast}
              marks={marked && marks[marked]}
              pinnedMs={pinnedMs}
              height={150}
              syncKey="host"
              onMove={(ms) => moveTo(cursor, ms === undefined ? undefined : step(ms))}
              onPin={(ms) => onPin(step(ms))}
              onRange={showRange}
            />
            {own.length === 0 && <p class="quiet host-chart-empty">Nothing is known of this in this time.</p>}
          </section>
        );
      })}
    </div>
  );
}

/** Within one step of one chart, the moment stays the same. */
function moveTo(cursor: Store<MomentStep | undefined>, step: MomentStep | undefined): void {
  const before = cursor.value;
  if (before && step && before.fromMs === step.fromMs && before.question === step.question) return;
  cursor.set(step);
}
