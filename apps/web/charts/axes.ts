import type uPlot from 'uplot';
import { paint } from './paint.js';
import { timeTicks } from './time-ticks.js';

/** Type of what stands on the canvas; the smallest that is still read with ease. */
export const CANVAS_FONT = 'system-ui, sans-serif';
const FONT = `12px ${CANVAS_FONT}`;
const KIB = 1024;
/** Distances of ticks that are round in KiB, MiB and so on. */
const binarySteps = Array.from({ length: 50 }, (_, power) => 2 ** power);
/** Distances of ticks of a time axis, milliseconds. */
const timeSteps = [
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * 1000),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60_000),
  ...[1, 2, 3, 6, 12, 24].map((hours) => hours * 3_600_000),
];

/** Both axes of a chart; values are written with their unit. */
export function axesOf(
  width: number,
  { binary, format }: { binary: boolean; format: (value: number) => string },
): uPlot.Axis[] {
  const axis: uPlot.Axis = {
    stroke: paint('--quiet'),
    grid: { stroke: paint('--grid'), width: 1 },
    ticks: { stroke: paint('--grid'), width: 1, size: 4 },
    font: FONT,
  };
  return [
    {
      ...axis,
      size: 38,
      space: 64,
      incrs: timeSteps,
      values: (_, ticks, _axis, _space, stepMs) => timeTicks(ticks, stepMs),
    },
    {
      ...axis,
      // `96 MiB/s` is the widest that is written.
      size: binary ? 74 : width < 420 ? 56 : 68,
      space: 26,
      ...(binary ? { incrs: binarySteps } : {}),
      // Round figures need no digit behind the point.
      values: (_, ticks) => ticks.map((value) => format(value).replace(/\.0(?= )/, '')),
    },
  ];
}

/** Whether values are written in powers of 1024. */
export const isBinary = (format: (value: number) => string) => format(KIB).includes('KiB');
