import type { RefObject } from 'preact';
import type uPlot from 'uplot';
import { shortTime } from '../text.js';
import type { ChartProps } from './chart.js';

/**
 * What the lines of a chart are, and their values at the cursor; where there is none, the newest. The values are written
 * straight into the document, since the cursor moves more often than the page should be drawn.
 */
export function ReadOut({ lines, of }: { lines: ChartProps['lines']; of: RefObject<HTMLElement | null> }) {
  return (
    <span class="read-out" ref={of}>
      <span class="read-out-time" data-time="" />
      {lines.map(({ label, colour }) => (
        <span key={label} class="read-out-line">
          <span class={`swatch swatch-${colour}`} aria-hidden="true" />
          <bdi class="read-out-label" title={label}>
            {label}
          </bdi>{' '}
          <span data-value="" />
        </span>
      ))}
    </span>
  );
}

/** Writes the values at the cursor. */
export function writeReadOut(element: HTMLElement | null, self: uPlot, { lines, format }: ChartProps): void {
  if (!element) return;
  const times = self.data[0];
  const { idx } = self.cursor;
  const isUnder = idx !== null && idx !== undefined && (self.cursor.left ?? -1) >= 0;
  const at = isUnder ? idx : newestOf(self);
  const time = element.querySelector('[data-time]');
  if (time) time.textContent = isUnder && times[at] !== undefined ? shortTime(times[at]) : '';
  let column = 1;
  for (const [i, value] of [...element.querySelectorAll('[data-value]')].entries()) {
    const line = lines[i];
    if (!line) break;
    const middle = self.data[column]?.[at];
    const high = line.high ? self.data[column + 2]?.[at] : undefined;
    value.textContent = withPeak(middle, high, format);
    column += line.high ? 3 : 1;
  }
}

/** The value of a step, and the largest in it where that reads differently. */
function withPeak(
  value: number | null | undefined,
  high: number | null | undefined,
  format: ChartProps['format'],
): string {
  const text = format(value);
  const peak = format(high);
  return high === undefined || high === null || peak === text ? text : `${text} (max ${peak})`;
}

function newestOf(self: uPlot): number {
  const values = self.data[1] ?? [];
  let at = values.length - 1;
  while (at > 0 && (values[at] === null || values[at] === undefined)) at--;
  return Math.max(0, at);
}
