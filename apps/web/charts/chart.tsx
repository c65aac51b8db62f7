import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Range } from '../range.js';
import { paintMarks, type Mark, type Path } from './marks.js';
import './chart.css';
import { axesOf, isBinary } from './axes.js';
import { ChartTable } from './chart-table.js';
import { paint, whenSchemeChanges } from './paint.js';
import { followKey, followPointer } from './pointing.js';
import { ReadOut, writeReadOut } from './read-out.js';

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
  /** Told of the moment under the pointer or the cursor of the keyboard; undefined where it has left. */
  onMove?: (ms: number | undefined) => void;
  onPin?: (ms: number) => void;
  /** A range was dragged over. */
  onRange?: (fromMs: number, toMs: number) => void;
}

const HEIGHT = 160;

/**
 * A chart of lines with bands over time. A drag selects a range and a click or a tap pins a moment; how it is done with
 * the keyboard stands at `followKey`. The values at the cursor stand beside the title, and all of them in a table for
 * whoever can't see the chart.
 */
export function Chart(props: ChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const readOut = useRef<HTMLElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const now = useRef(props);
  now.current = props;
  /** Lines that the plot was made with, so that they are not given to it again at once. */
  const made = useRef<Line[] | undefined>(undefined);
  const height = props.height ?? HEIGHT;
  const shape = JSON.stringify(props.lines.map(({ label, colour, low }) => [label, colour, low !== undefined]));

  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const make = () => {
      plot.current?.destroy();
      const options = optionsOf(element.clientWidth, now, (self) => writeReadOut(readOut.current, self, now.current));
      plot.current = new uPlot(options, dataOf(now.current.lines), element);
      made.current = now.current.lines;
    };
    make();
    const sizes = new ResizeObserver(() => {
      const width = element.clientWidth;
      const wanted = now.current.height ?? HEIGHT;
      if (width > 0 && (width !== plot.current?.width || wanted !== plot.current.height)) {
        plot.current?.setSize({ width, height: wanted });
      }
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
    const self = plot.current;
    if (!self) return;
    if (made.current !== lines) {
      self.batch(() => {
        self.setData(dataOf(lines), false);
        self.setScale('x', { min: range.fromMs, max: aheadOf(now.current) });
      });
    }
    made.current = undefined;
    writeReadOut(readOut.current, self, now.current);
  }, [lines, range.fromMs, range.toMs, path]);
  useEffect(() => plot.current?.redraw(false), [marks, limit, pinnedMs, atLeast]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (plot.current) followKey(event, plot.current, now.current);
  };
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{props.title}</span>
        <ReadOut lines={lines} of={readOut} />
      </figcaption>
      <div
        ref={holder}
        class="chart-holder"
        role="application"
        aria-roledescription="chart"
        aria-label={`${props.title}. ${keysText(props)}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        style={{ height: `${height}px` }}
      />
      <ChartTable title={props.title} lines={lines} format={props.format} />
    </figure>
  );
}

function keysText({ onPin, onRange }: ChartProps): string {
  const pins = onPin ? ', Enter pins the moment' : '';
  const selects = onRange ? ', with Shift they select a range that Enter shows' : '';
  return `Arrow keys move the cursor${selects}${pins}.`;
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

function seriesOf(lines: Line[]): { series: uPlot.Series[]; bands: uPlot.Band[] } {
  const series: uPlot.Series[] = [{}];
  const bands: uPlot.Band[] = [];
  for (const { label, colour, low } of lines) {
    const stroke = paint(`--line-${colour}`);
    // What stands alone, as the very first sample, is no line and would not be seen.
    series.push({ label, stroke, width: 1.5, points: { size: 4, show: (self) => self.data[0].length < 4 } });
    if (!low) continue;
    const at = series.length;
    series.push({ label: `${label} low`, width: 0, points: { show: false } });
    series.push({ label: `${label} high`, width: 0, points: { show: false } });
    bands.push({ series: [at + 1, at], fill: paint(`--band-${colour}`) });
  }
  return { series, bands };
}

function optionsOf(width: number, now: { current: ChartProps }, onCursor: (self: uPlot) => void): uPlot.Options {
  const { lines, height = HEIGHT, syncKey } = now.current;
  const format = (value: number) => now.current.format(value);
  return {
    ...seriesOf(lines),
    width: Math.max(100, width),
    height,
    ms: 1,
    legend: { show: false },
    scales: {
      x: { time: true, range: () => [now.current.range.fromMs, aheadOf(now.current)] },
      y: {
        range: (_, low, high) => {
          const { atLeast = 0, limit = 0 } = now.current;
          return [Math.min(0, low ?? 0), Math.max(atLeast, limit * 1.05, (high ?? 0) * 1.05, 1e-6)];
        },
      },
    },
    axes: axesOf(width, { binary: isBinary(format), format }),
    cursor: {
      y: false,
      drag: { x: false, y: false, setScale: false },
      // Edges of a band have no width, and no dot.
      points: { size: (self, i) => (self.series[i]?.width === 0 ? 0 : 6), width: 0 },
      // Of the mouse, the plot follows the moves alone; `followPointer` does the rest.
      bind: { mousedown: () => null, mouseup: () => null, click: () => null, dblclick: () => null },
      ...(syncKey === undefined ? {} : { sync: { key: syncKey, setSeries: false } }),
    },
    hooks: {
      ready: [(self) => followPointer(self, now)],
      setCursor: [onCursor],
      draw: [(self) => paintMarks(self, now.current)],
    },
  };
}
