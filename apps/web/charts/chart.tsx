import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Range } from '../range.js';
import { paintMarks, type Mark, type Path } from './marks.js';
import { ChartTable } from './chart-table.js';
import { paint, whenSchemeChanges } from './paint.js';

/** One line of a chart; all arrays have one length, times are milliseconds since the epoch and rise. */
export interface Line {
  label: string;
  /** Number of the custom property `--line-N` that it is drawn in, 1–6. */
  colour: number;
  times: number[];
  values: (number | null)[];
  /** Smallest and largest of each step: the band around the line. */
  low?: (number | null)[];
  high?: (number | null)[];
}

export interface ChartProps {
  /** What is shown, for screen readers and above the chart. */
  title: string;
  range: Range;
  lines: Line[];
  /** How values are written, such as `12.5 %`. */
  format: (value: number | null | undefined) => string;
  /** Largest value of the axis at least, so that 3 % does not look like a peak. */
  atLeast?: number;
  /** Horizontal line, such as the limit of an alert. */
  limit?: number;
  /** Moments and what they are. */
  marks?: Mark[];
  /** What is predicted, ahead of now. */
  path?: Path;
  /** A moment that is held. */
  pinnedMs?: number;
  height?: number;
  /** Charts of one key move their cursors together. */
  syncKey?: string;
  /** Told of the moment under the cursor; undefined where it has left. */
  onMove?: (ms: number | undefined) => void;
  onPin?: (ms: number) => void;
  /** A range was dragged over. */
  onRange?: (fromMs: number, toMs: number) => void;
}

/** Where the pointer went down and up again within this many pixels, it was a click. */
const CLICK_PX = 4;

/**
 * A chart of lines with bands over time. The mouse drags a range and a click pins a moment; with the keyboard, arrow keys move the cursor, Enter pins it.
 * The same values stand in a table for whoever can't see it.
 */
export function Chart(props: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const now = useRef(props);
  now.current = props;
  const shape = JSON.stringify(props.lines.map(({ label, colour, low }) => [label, colour, low !== undefined]));

  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const make = () => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsOf(element, now), dataOf(now.current.lines), element);
    };
    make();
    const sizes = new ResizeObserver(() => {
      plot.current?.setSize({ width: element.clientWidth, height: now.current.height ?? 160 });
    });
    sizes.observe(element);
    const ended = whenSchemeChanges(make);
    return () => {
      ended();
      sizes.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [shape, props.syncKey]);

  const { lines, range, marks, path, limit, pinnedMs, atLeast } = props;
  useEffect(() => {
    plot.current?.batch(() => {
      plot.current?.setData(dataOf(lines), false);
      plot.current?.setScale('x', { min: range.fromMs, max: aheadOf(now.current) });
    });
  }, [lines, range.fromMs, range.toMs, path]);
  useEffect(() => plot.current?.redraw(false), [marks, limit, pinnedMs, atLeast]);

  const onKeyDown = (event: KeyboardEvent) => moveByKey(event, plot.current, now.current);
  return (
    <figure class="chart">
      <figcaption class="chart-title">{props.title}</figcaption>
      <div
        ref={holder}
        class="chart-holder"
        role="application"
        aria-roledescription="chart"
        aria-label={`${props.title}. Arrow keys move the cursor${props.onPin ? ', Enter pins the moment' : ''}.`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        style={{ height: `${props.height ?? 160}px` }}
      />
      <ChartTable title={props.title} lines={lines} format={props.format} />
    </figure>
  );
}

/** The end of the axis: what is predicted lies ahead of now. */
function aheadOf({ range, path }: ChartProps): number {
  return path ? Math.max(range.toMs, path.toMs) : range.toMs;
}

function dataOf(lines: Line[]): uPlot.AlignedData {
  const tables = lines.map(({ times, values, low, high }): uPlot.AlignedData =>
    low && high ? [times, values, low, high] : [times, values],
  );
  if (tables.length === 0) return [[]];
  return tables.length === 1 ? (tables[0] as uPlot.AlignedData) : uPlot.join(tables);
}

function optionsOf(element: HTMLElement, now: { current: ChartProps }): uPlot.Options {
  const { lines, height = 160, syncKey } = now.current;
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  for (const { label, colour, low } of lines) {
    const stroke = paint(`--line-${colour}`);
    series.push({ label, stroke, width: 1.5, spanGaps: false, points: { show: false } });
    if (!low) continue;
    const at = series.length;
    series.push({ label: `${label} low`, width: 0, points: { show: false } });
    series.push({ label: `${label} high`, width: 0, points: { show: false } });
    bands.push({ series: [at + 1, at], fill: paint(`--band-${colour}`) });
  }
  const axis: uPlot.Axis = {
    stroke: paint('--quiet'),
    grid: { stroke: paint('--grid'), width: 1 },
    ticks: { stroke: paint('--grid'), width: 1 },
    font: '12px system-ui, sans-serif',
  };
  let downAt: number | undefined;
  return {
    width: Math.max(100, element.clientWidth),
    height,
    ms: 1,
    legend: { show: false },
    series,
    bands,
    scales: {
      x: { time: true, min: now.current.range.fromMs, max: aheadOf(now.current) },
      y: {
        range: (_, low, high) => {
          const { atLeast = 0, limit = 0 } = now.current;
          return [Math.min(0, low ?? 0), Math.max(atLeast, limit * 1.05, (high ?? 0) * 1.05, 1e-6)];
        },
      },
    },
    axes: [axis, { ...axis, size: 64, values: (_, values) => values.map((value) => now.current.format(value)) }],
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
      ...(syncKey === undefined ? {} : { sync: { key: syncKey, setSeries: false } }),
      bind: {
        mousedown: (self, _, handler) => (event) => {
          downAt = event.clientX;
          handler(event);
          return null;
        },
        mouseup: (self, _, handler) => (event) => {
          const still = downAt !== undefined && Math.abs(event.clientX - downAt) <= CLICK_PX;
          downAt = undefined;
          handler(event);
          if (still) pinUnderCursor(self, now.current);
          return null;
        },
      },
    },
    hooks: {
      setCursor: [
        (self) => {
          const { left = -1 } = self.cursor;
          now.current.onMove?.(left < 0 ? undefined : self.posToVal(left, 'x'));
        },
      ],
      setSelect: [
        (self) => {
          const { left, width } = self.select;
          if (width <= CLICK_PX) return;
          const [from, to] = [self.posToVal(left, 'x'), self.posToVal(left + width, 'x')];
          self.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          now.current.onRange?.(Math.round(from), Math.round(to));
        },
      ],
      draw: [(self) => paintMarks(self, now.current)],
    },
  };
}

function pinUnderCursor(self: uPlot, { onPin }: ChartProps): void {
  const { left = -1 } = self.cursor;
  if (left >= 0) onPin?.(Math.round(self.posToVal(left, 'x')));
}

/** The cursor moves by one step of the data, by ten with Shift. */
function moveByKey(event: KeyboardEvent, self: uPlot | undefined, props: ChartProps): void {
  if (!self) return;
  if (event.key === 'Enter') return pinUnderCursor(self, props);
  const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (direction === undefined) return;
  event.preventDefault();
  const times = self.data[0];
  if (times.length === 0) return;
  const { left = -1 } = self.cursor;
  const at = left < 0 ? times.length - 1 : self.posToIdx(left);
  const next = Math.min(times.length - 1, Math.max(0, at + direction * (event.shiftKey ? 10 : 1)));
  self.setCursor({ left: self.valToPos(times[next] as number, 'x'), top: 10 });
}
