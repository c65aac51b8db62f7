import { reasonTexts, type TrainedReason } from './reasons.js';

const level = (x: number): string => `${x.toFixed(1)} %`;

/** The reason that weighed most in words, with the figure behind it. */
export function trainedText(reason: TrainedReason, features: Float32Array): string {
  const at = (i: number): number => features[i] as number;
  switch (reason) {
    case 'level':
      return `at ${level(at(0))}, ${level(at(21))} over the last hour`;
    case 'rising':
      return at(25) > 0 ? `rising ${(at(25) / 5).toFixed(1)} %/min over the last hour` : reasonTexts.rising;
    case 'unsteady':
      return `moves up by as much as ${level(at(48))} in five minutes`;
    case 'recent-peaks':
      return `reached ${level(80 - at(44) * (at(40) + 1))} in the last five hours`;
    case 'breaches-of-late':
      return `above 80 % for ${(at(104) * 100).toFixed(0)} % of the last day`;
    case 'same-time-other-days':
      return at(74) > 0 && at(68) > 0
        ? `broke the limit at this time on ${Math.round(at(68) * at(74))} of ${at(74)} days`
        : reasonTexts[reason];
    case 'regular-interval':
      return at(82) > 0 ? `its last breaches lie ${Math.round(at(82) * 5)} min apart` : reasonTexts[reason];
    case 'own-record':
      return `in this series ${(at(91) * 100).toFixed(0)} % of such half hours ended in a breach`;
    default:
      return reasonTexts[reason];
  }
}
