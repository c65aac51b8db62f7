import type uPlot from 'uplot';
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

/** Draws what is no series: the limit, moments, the pinned one, and the predicted path with its interval. */
export function paintMarks(self: uPlot, { limit, marks = [], path, pinnedMs }: Marked): void {
  const { ctx, bbox } = self;
  const x = (ms: number) => self.valToPos(ms, 'x', true);
  const y = (value: number) => self.valToPos(value, 'y', true);
  const right = bbox.left + bbox.width;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.lineWidth = devicePixelRatio;
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  const line = (points: [number, number][], stroke: string, dash: number[] = []) => {
    ctx.setLineDash(dash.map((length) => length * devicePixelRatio));
    ctx.strokeStyle = stroke;
    ctx.beginPath();
    for (const [px, py] of points) ctx.lineTo(px, py);
    ctx.stroke();
  };
  if (limit !== undefined) {
    line(
      [
        [bbox.left, y(limit)],
        [right, y(limit)],
      ],
      paint('--red'),
      [6, 4],
    );
  }
  if (path) {
    const from: [number, number] = [x(path.fromMs), y(path.value)];
    const at = (ms: number): [number, number] => [x(ms), y(path.limit)];
    ctx.fillStyle = paint('--amber-band');
    ctx.beginPath();
    for (const [px, py] of [from, at(path.earliestMs), at(path.latestMs)]) ctx.lineTo(px, py);
    ctx.fill();
    line([from, at(path.atMs)], paint('--amber'), [4, 3]);
  }
  for (const { atMs, kind, text } of marks) {
    const stroke = paint(kind === 'ok' ? '--ok' : `--${kind}`);
    line(
      [
        [x(atMs), bbox.top],
        [x(atMs), bbox.top + bbox.height],
      ],
      stroke,
      [2, 2],
    );
    ctx.fillStyle = stroke;
    ctx.fillText(text, x(atMs) + 3 * devicePixelRatio, bbox.top + 11 * devicePixelRatio);
  }
  if (pinnedMs !== undefined) {
    line(
      [
        [x(pinnedMs), bbox.top],
        [x(pinnedMs), bbox.top + bbox.height],
      ],
      paint('--accent'),
    );
  }
  ctx.restore();
}
