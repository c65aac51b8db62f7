import { useState } from 'preact/hooks';
import { Scroll } from '../parts/scroll.js';
import { localTime } from '../text.js';
import type { Line } from './chart.js';

/** Rows of the table of a chart: enough to follow, few enough to listen to. */
const ROWS = 48;

/** The values of a chart as a table, made only when it is opened. */
export function ChartTable({
  title,
  lines,
  format,
}: {
  title: string;
  lines: Line[];
  format: (value: number | null | undefined) => string;
}) {
  const [open, setOpen] = useState(false);
  return (
    <details class="chart-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As a table</summary>
      {open && (
        <Scroll label={`${title}, as a table`}>
          <table>
            <caption class="for-readers">{title}</caption>
            <thead>
              <tr>
                <th scope="col">Time</th>
                {lines.map(({ label }) => (
                  <th scope="col" class="right" key={label}>
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rowsOf(lines).map(({ ms, values }) => (
                <tr key={ms}>
                  <th scope="row">{localTime(ms)}</th>
                  {values.map((value, i) => (
                    <td class="right" key={i}>
                      {format(value)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </details>
  );
}

/** The largest of each of at most `ROWS` parts of the time. */
function rowsOf(lines: Line[]): { ms: number; values: (number | undefined)[] }[] {
  const all = lines.flatMap(({ times }) => [times[0], times.at(-1)]).filter((ms) => ms !== undefined);
  if (all.length === 0) return [];
  const from = Math.min(...all);
  const width = Math.max(1, (Math.max(...all) - from) / ROWS);
  const rows = new Map<number, (number | undefined)[]>();
  for (const [i, { times, values, high }] of lines.entries()) {
    for (const [j, ms] of times.entries()) {
      const value = high?.[j] ?? values[j];
      if (value === null || value === undefined) continue;
      const key = from + Math.floor((ms - from) / width) * width;
      const row = rows.get(key) ?? [];
      row[i] = Math.max(row[i] ?? -Infinity, value);
      rows.set(key, row);
    }
  }
  return [...rows].map(([ms, values]) => ({ ms, values: lines.map((_, i) => values[i]) })).sort((a, b) => a.ms - b.ms);
}
