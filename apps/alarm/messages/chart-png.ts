import { crc32, deflateSync } from 'node:zlib';
import { ceilingOf, type Chart } from './chart.js';

const WIDTH = 400;
const HEIGHT = 80;
/** Two points further apart than this are not joined, ms. */
const GAP_MS = 3 * 60_000;

/** Colours of the picture: background, filled area, limit, line, frame. */
const palette = [0xff_ff_ff, 0xdc_e8_f6, 0xc6_28_28, 0x15_65_c0, 0xd0_d0_d0];
const [, area, red, blue, frame] = [0, 1, 2, 3, 4] as const;

/** The chart as a picture of 400 × 80 points: the values as a line, the limit dashed, from 0 at the bottom. */
export function chartPng(chart: Chart): Buffer {
  const { points, fromMs, toMs, limit } = chart;
  const ceiling = ceilingOf(chart);
  const x = (timeMs: number) => clamp(Math.round(((timeMs - fromMs) / (toMs - fromMs)) * (WIDTH - 1)), WIDTH);
  const y = (value: number) => clamp(Math.round((1 - value / ceiling) * (HEIGHT - 1)), HEIGHT);
  const picture = new Uint8Array(WIDTH * HEIGHT);
  const put = (column: number, row: number, color: number) => (picture[row * WIDTH + column] = color);
  for (let column = 0; column < WIDTH; column++) put(column, HEIGHT - 1, frame);
  for (const [i, [timeMs, value]] of points.entries()) {
    const before = points[i - 1];
    const joined = before !== undefined && timeMs - before[0] <= GAP_MS;
    const [fromX, fromY] = joined ? [x(before[0]), y(before[1])] : [x(timeMs), y(value)];
    drawStep(fromX, fromY, x(timeMs), y(value), put);
  }
  if (limit !== null) for (let column = 0; column < WIDTH; column++) if (column % 6 < 4) put(column, y(limit), red);
  return png(picture);
}

/** A line two points thick between two columns, with the area beneath it filled. */
function drawStep(
  fromX: number,
  fromY: number,
  toX: number,
  toY: number,
  put: (column: number, row: number, color: number) => void,
): void {
  const columns = Math.max(1, toX - fromX);
  for (let column = fromX; column <= toX; column++) {
    const at = (part: number) => Math.round(fromY + ((toY - fromY) * Math.min(columns, Math.max(0, part))) / columns);
    const [a, b] = [at(column - fromX), at(column - fromX + 1)];
    const [top, bottom] = [Math.min(a, b), Math.min(HEIGHT - 1, Math.max(a, b) + 1)];
    for (let row = bottom; row < HEIGHT; row++) put(column, row, area);
    for (let row = top; row <= bottom; row++) put(column, row, blue);
  }
}

function clamp(value: number, size: number): number {
  return Math.max(0, Math.min(size - 1, value));
}

/** A picture of one byte a point, an index into the palette (https://www.w3.org/TR/png-3/, 11.2). */
function png(picture: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  // 8 bits a point, palette, and the only compression, filter method and no interlace.
  header.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flatMap((color) => [color >> 16, (color >> 8) & 255, color & 255]));
  const rows = Buffer.alloc((WIDTH + 1) * HEIGHT);
  for (let row = 0; row < HEIGHT; row++) {
    rows.set(picture.subarray(row * WIDTH, (row + 1) * WIDTH), row * (WIDTH + 1) + 1);
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [chunk('IHDR', header), chunk('PLTE', colours), chunk('IDAT', deflateSync(rows)), chunk('IEND')];
  return Buffer.concat([signature, ...chunks]);
}

function chunk(type: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
