import type { ReliabilityBand } from '#domain';
import { TOO_FEW } from '#domain/few';

const SIDE = 200;
const EDGE = 26;

/** Claimed against came true: on the diagonal, it is honest. The same numbers stand in the table beside it. */
export function ReliabilityDiagram({ bands }: { bands: readonly ReliabilityBand[] }) {
  const x = (share: number) => EDGE + share * SIDE;
  const y = (share: number) => 6 + (1 - share) * SIDE;
  return (
    <svg
      class="reliability-diagram"
      viewBox={`0 0 ${SIDE + EDGE + 12} ${SIDE + 44}`}
      role="img"
      aria-label="Claimed probability against the share that came true; the table has the numbers"
    >
      {[0, 0.5, 1].map((share) => (
        <g key={share}>
          <path class="reliability-grid" d={`M${x(share)} ${y(0)}V${y(1)}M${x(0)} ${y(share)}H${x(1)}`} />
          <text x={x(share)} y={y(0) + 15} text-anchor="middle">
            {share * 100}
          </text>
          <text x={x(0) - 4} y={y(share) + 4} text-anchor="end">
            {share * 100}
          </text>
        </g>
      ))}
      <path class="reliability-honest" d={`M${x(0)} ${y(0)}L${x(1)} ${y(1)}`} />
      {bands.map(({ from, claims, claimed, cameTrue, low, high }) => (
        <g key={from} class={claims < TOO_FEW ? 'reliability-few' : 'reliability-band'}>
          <path d={`M${x(claimed)} ${y(low)}V${y(high)}`} />
          <circle cx={x(claimed)} cy={y(cameTrue)} r={4} />
        </g>
      ))}
      <text x={x(0.5)} y={y(0) + 32} text-anchor="middle">
        said %, came true % upwards
      </text>
    </svg>
  );
}
