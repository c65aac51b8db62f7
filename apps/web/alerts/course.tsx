import type { IncidentChange } from '#domain';
import { courseOf, courseWords } from './alert-words.js';

const WIDTH = 120;
const HEIGHT = 10;
/** A colour that it had for a moment only is still to be seen. */
const LEAST = 3;

/** The colours that an alert had, as a bar in their lengths; the words for it stand in its title. */
export function Course({ history, endMs }: { history: readonly IncidentChange[]; endMs: number }) {
  const stretches = courseOf(history, endMs);
  const all = stretches.reduce((sum, { ms }) => sum + ms, 0);
  const room = WIDTH - LEAST * stretches.length;
  let x = 0;
  return (
    <svg class="course" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
      <title>{courseWords(history, endMs)}</title>
      {stretches.map(({ color, fromMs, ms }) => {
        const width = LEAST + (all === 0 ? room / stretches.length : (room * ms) / all);
        const at = x;
        x += width;
        // AMBER is lower than RED, so that the hand-over is seen without the colour too.
        const height = color === 'RED' ? HEIGHT : HEIGHT / 2;
        return <rect key={fromMs} class={`course-${color}`} x={at} y={HEIGHT - height} width={width} height={height} />;
      })}
    </svg>
  );
}
