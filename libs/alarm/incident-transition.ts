import { type Color, type Forecast, type Incident, type IncidentChange, msToIso, scoreChange } from '#domain';
import { isFlapping } from './flapping.js';
import { withoutValue } from './incident-values.js';
import type { Standing } from './watch.js';

/** Changes kept of one incident; the first one always stays. */
const MAX_CHANGES = 1000;

/** The colour that a series turns to, and why. */
export interface Turn {
  color: Color;
  reason: Incident['reason'];
  value: number | null;
  /** Time of the sample that decided, or of the clock where none did, ms. */
  timeMs: number;
}

/** Who is to blame, where it turns RED; of a unit also where it turns AMBER. */
export type Blame = Pick<Incident, 'count' | 'largest' | 'culprits' | 'limitBytes' | 'victim' | 'grower' | 'growth'>;

/** The record of the series' incident after the turn; of a new one where it has none. */
export function turned(standing: Standing, turn: Turn, host: string, newId: () => string, blame?: Blame): Incident {
  const { incident } = standing;
  const change = changeOf(standing, turn, incident?.history.at(-1));
  return incident ? continued(incident, standing, change, blame) : opened(newId(), host, standing, change, blame);
}

/** The step from one colour to the next, with the forecast that gave an AMBER. */
function changeOf(standing: Standing, turn: Turn, last: IncidentChange | undefined): IncidentChange {
  const breach = turn.reason === 'breach-predicted' ? breachOf(standing.forecast) : undefined;
  // Never before the change before it, so that a history reads forward.
  const isForward = last === undefined || Date.parse(last.time) <= turn.timeMs;
  return {
    time: isForward ? msToIso(turn.timeMs) : last.time,
    color: turn.color,
    value: turn.value,
    limit: standing.metric === 'data' ? null : standing.levels.limit,
    reason: turn.reason,
    ...(breach && { breach }),
  };
}

function opened(id: string, host: string, standing: Standing, change: IncidentChange, blame: Blame = {}): Incident {
  const { process, unit, metric, device } = standing;
  return {
    id,
    host,
    process,
    ...(unit !== undefined && { unit }),
    metric,
    ...(device !== undefined && { device }),
    color: change.color,
    value: change.value,
    limit: change.limit,
    opened: change.time,
    since: change.time,
    closed: null,
    reason: change.reason,
    ...valuesAt(standing, change, null),
    ...(change.breach && { breach: change.breach }),
    ...ruleOf(standing),
    ...blame,
    history: [change],
  };
}

/** GREEN closes an incident, any other colour opens it again. */
function continued(before: Incident, standing: Standing, change: IncidentChange, blame?: Blame): Incident {
  const { breach: _, flapping, runbook: __, ...rest } = withoutValue(before);
  const kept = blame && standing.unit !== undefined ? withoutBlame(rest) : rest;
  const history = scoreChange(before.history, change);
  if (history.length > MAX_CHANGES) history.splice(1, history.length - MAX_CHANGES);
  const flaps = change.color !== 'GREEN' && (flapping || isFlapping(history));
  return {
    ...kept,
    color: change.color,
    value: change.value,
    limit: change.limit,
    since: change.color === before.color ? before.since : change.time,
    closed: change.color === 'GREEN' ? change.time : null,
    reason: change.reason,
    ...valuesAt(standing, change, before.peak ?? null),
    ...(change.breach && { breach: change.breach }),
    ...(flaps && { flapping: true as const }),
    ...ruleOf(standing),
    ...blame,
    history,
  };
}

/** What was found of a unit before says nothing of it now. */
function withoutBlame<One extends Blame>(one: One) {
  const { limitBytes: _, victim: __, grower: ___, growth: ____, ...rest } = one;
  return rest;
}

/** The values at a change of colour; until the next tick they are the newest. */
function valuesAt({ metric, peak }: Standing, change: IncidentChange, before: number | null): Partial<Incident> {
  if (metric === 'data') return {};
  const { time, value, color } = change;
  const values = [peak, before, value].filter((one) => one !== null);
  return {
    ...(color !== 'GREEN' && value !== null && { current: value, currentTime: time }),
    peak: values.length === 0 ? null : Math.max(...values),
  };
}

/** The rule that the change was judged by. */
function ruleOf({ metric, levels: { rule, runbook } }: Standing): Pick<Incident, 'rule' | 'runbook'> {
  return metric === 'data' ? {} : { rule, ...(runbook !== undefined && { runbook }) };
}

/** The record with a newer estimate of the breach, and of a unit, of who is to blame. */
export function withBreach(incident: Incident, forecast: Forecast, blame: Blame): Incident {
  const breach = breachOf(forecast);
  return { ...incident, value: forecast.value, ...(breach && { breach }), ...blame };
}

function breachOf(forecast: Forecast | null) {
  if (!forecast) return undefined;
  const { breachAt, breachFrom, breachTo, probability, reason } = forecast;
  return { at: breachAt, from: breachFrom, to: breachTo, probability, reason };
}
