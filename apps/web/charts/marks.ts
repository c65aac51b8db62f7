import type uPlot from 'uplot';
import { CANVAS_FONT } from './axes.js';
import { paint } from './paint.js';

/** A moment on a chart. */
export interface Mark {
  atMs: number;
  kind: 'red' | 'amber' | 'ok' | 'blind';
  /** One or two words beside it. */
  text: string;
}

/** What is predicted: from the newest value to the limit, at the earliest and at the latest. */
export interface Path {
  fromMs: number;
  value: number;
  limit: number;
  atMs: number;
  earliestMs: number;
  latestMs: number;
  /** End of the axis that it asks for. */
  toMs: number;
}

interface Marked {
  limit?: number;
  marks?: Mark[];
  path?: Path;
  pinnedMs?: number;
}

type Point = [x: number, y: number];
/** Height of a line of text, CSS pixels. */
const TEXT_PX = 13;
/** Texts of marks that stand close together go one above the other, in so many rows from the bottom, where lines peak least. */
const ROWS = 3;

/** Draws what is no series: the limit, moments, the pinned one, and the predicted path with its interval. */
export function paintMarks(self: uPlot, { limit, marks = [], path, pinnedMs }: Marked): void {
  const { ctx, bbox } = self;
  const x = (ms: number) => self.valToPos(ms, 'x', true);
  const y = (value: number) => self.valToPos(value, 'y', true);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = devicePixelRatio;
  if (limit !== undefined) {
    const [left, height] = [bbox.left, y(limit)];
    const across: Point[] = [
      [left, height],
      [left + bbox.width, height],
    ];
    strokeLine(ctx, across, paint('--red'), [6, 4]);
  }
  if (path) paintPath(ctx, path, x, y);
  paintMoments(self, marks, x);
  if (pinnedMs !== undefined) {
    ctx.lineWidth = 2 * devicePixelRatio;
    strokeLine(ctx, upright(bbox, x(pinnedMs)), paint('--accent'));
  }
  ctx.restore();
}

/** The cone from the newest value to where the limit is reached, at the earliest and at the latest. */
function paintPath(ctx: CanvasRenderingContext2D, path: Path, x: (ms: number) => number, y: (value: number) => number) {
  const from: Point = [x(path.fromMs), y(path.value)];
  const at = (ms: number): Point => [x(ms), y(path.limit)];
  ctx.fillStyle = paint('--amber-band');
  ctx.beginPath();
  for (const [px, py] of [from, at(path.earliestMs), at(path.latestMs)]) ctx.lineTo(px, py);
  ctx.fill();
  strokeLine(ctx, [from, at(path.atMs)], paint('--amber'), [4, 3]);
}

function paintMoments(self: uPlot, marks: Mark[], x: (ms: number) => number): void {
  const { ctx, bbox } = self;
  ctx.font = `${12 * devicePixelRatio}px ${CANVAS_FONT}`;
  // The axes leave theirs behind.
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  const ends = Array.from<number>({ length: ROWS }).fill(-Infinity);
  for (const { atMs, kind, text } of marks.toSorted((a, b) => a.atMs - b.atMs)) {
    const at = x(atMs);
    const stroke = paint(`--${kind}`);
    strokeLine(ctx, upright(bbox, at), stroke, [2, 2]);
    const width = ctx.measureText(text).width;
    const gap = 3 * devicePixelRatio;
    // Near the right edge, the text stands before its line.
    const left = at + gap + width > bbox.left + bbox.width ? at - gap - width : at + gap;
    const row = ends.findIndex((end) => end < left);
    if (row < 0 || at < bbox.left) continue;
    ends[row] = left + width + gap;
    paintText(ctx, text, [left, bbox.top + bbox.height - (row + 0.5) * TEXT_PX * devicePixelRatio], stroke);
  }
}

/** A text with an edge of the ground around it, so that it is read where it stands on a line. */
function paintText(ctx: CanvasRenderingContext2D, text: string, [x, y]: Point, fill: string): void {
  ctx.save();
  ctx.setLineDash([]);
  ctx.lineJoin = 'round';
  ctx.lineWidth = 4 * devicePixelRatio;
  ctx.strokeStyle = paint('--panel');
  ctx.strokeText(text, x, y);
  ctx.fillStyle = fill;
  ctx.fillText(text, x, y);
  ctx.restore();
}

const upright = ({ top, height }: { top: number; height: number }, x: number): Point[] => [
  [x, top],
  [x, top + height],
];

function strokeLine(ctx: CanvasRenderingContext2D, points: Point[], stroke: string, dash: number[] = []): void {
  ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
  ctx.strokeStyle = stroke;
  ctx.beginPath();
  for (const [px, py] of points) ctx.lineTo(px, py);
  ctx.stroke();
}
