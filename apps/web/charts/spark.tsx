import { Component } from 'preact';

const WIDTH = 96;
const HEIGHT = 22;

interface Props {
  points: readonly (number | null)[];
  max?: number;
  colour?: number;
}

/**
 * A small history beside a name; the numbers stand next to it, so it says nothing to screen readers. It is drawn anew
 * for other points only: rows around it change more often than the history.
 */
export class Spark extends Component<Props> {
  override shouldComponentUpdate({ points, max, colour }: Props): boolean {
    return points !== this.props.points || max !== this.props.max || colour !== this.props.colour;
  }

  override render({ points, max, colour = 1 }: Props) {
    return (
      <svg
        class={`spark spark-${colour}`}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        width={WIDTH}
        height={HEIGHT}
        aria-hidden="true"
      >
        <path d={pathOf(points, max)} />
      </svg>
    );
  }
}

/** A line with a gap where a value is not known; what stands alone is a dot, as the round ends of a line of no length. */
function pathOf(points: readonly (number | null)[], max?: number): string {
  const top = max ?? Math.max(1e-9, ...points.map((point) => point ?? 0));
  const step = WIDTH / Math.max(1, points.length - 1);
  let path = '';
  let drawing = false;
  for (const [i, point] of points.entries()) {
    if (point === null) {
      drawing = false;
      continue;
    }
    const place = `${(i * step).toFixed(1)} ${(HEIGHT - 1 - (point / top) * (HEIGHT - 2)).toFixed(1)}`;
    path += drawing ? `L${place}` : `M${place}L${place}`;
    drawing = true;
  }
  return path;
}
