import type { Reading } from '#runtime';
import type { ClaimRecord } from './claim-record.js';
import type { SeriesPredictors } from './series-predictors.js';
import type { TimeOrder } from './time-order.js';

/** What prediction is made of, as far as it counts. */
export interface PredictionParts {
  series: SeriesPredictors;
  order: TimeOrder;
  claims: ClaimRecord;
  follows: () => boolean;
  /** Batches that could not be read and were stepped over. */
  unreadable: () => number;
}

export function predictionReadings({ series, order, claims, follows, unreadable }: PredictionParts): Reading[] {
  return [
    gauge('follows', '1 while the samples of the server are followed.', () => (follows() ? 1 : 0)),
    {
      ...gauge('series', 'Limits of series that are predicted, by what they are about.', () => series.sizes),
      label: 'of',
    },
    gauge('forecasts', 'Breaches that are expected now.', () => series.expected),
    {
      ...counter('samples_total', 'Samples that the server brought live, by what became of them.', () => series.counts),
      label: 'result',
    },
    counter('batches_unreadable_total', 'Batches of samples that could not be read and were stepped over.', unreadable),
    gauge('held_samples', 'Samples that wait for the backlog of their host.', () => order.heldSamples),
    counter('backlogs_given_up_total', 'Hosts whose backlog was waited for in vain.', () => order.givenUp),
    counter('clocks_set_total', 'Hosts whose clock was set back.', () => order.clocksSet),
    { ...counter('claims_total', 'Claims that ended, or were withheld.', () => claims.ended), label: 'outcome' },
    gauge('budget_offset', 'Log-odds that claims need beyond the trained bar, what hosts have in common.', () =>
      claims.budget.aWeek === undefined ? 0 : claims.budget.start + claims.budget.common,
    ),
  ];
}

function gauge(name: string, help: string, read: Reading['read']): Reading {
  return { name: `amberwatch_prediction_${name}`, help, type: 'gauge', read };
}

function counter(name: string, help: string, read: Reading['read']): Reading {
  return { name: `amberwatch_prediction_${name}`, help, type: 'counter', read };
}
