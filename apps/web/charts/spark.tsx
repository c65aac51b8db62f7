/** A small history beside a name; the numbers stand next to it, so it says nothing to screen readers. */
export function Spark({
  points,
  max,
  colour = 1,
}: {
  points: readonly (number | null)[];
  max?: number;
  colour?: number;
}) {
  const width = 96;
  const height = 22;
  const top = max ?? Math.max(1e-9, ...points.map((point) => point ?? 0));
  const step = width / Math.max(1, points.length - 1);
  let path = '';
  let drawing = false;
  for (const [i, point] of points.entries()) {
    if (point === null) {
      drawing = false;
      continue;
    }
    path += `${drawing ? 'L' : 'M'}${(i * step).toFixed(1)} ${(height - 1 - (point / top) * (height - 2)).toFixed(1)}`;
    drawing = true;
  }
  return (
    <svg
      class={`spark spark-${colour}`}
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      aria-hidden="true"
    >
      <path d={path} />
    </svg>
  );
}
