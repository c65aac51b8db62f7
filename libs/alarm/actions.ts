import type { Color, Incident, IncidentChange } from '#domain';

interface Correction {
  /** The incident that people were told of instead of this one, before older samples said more. */
  insteadOf?: string;
}

/** A change of an incident that people are told of; acted on first, then recorded. */
export interface ChangeAction extends Correction {
  kind: 'change';
  incident: Incident;
  change: IncidentChange;
  /** Colour before, and since when (ISO). */
  before: { color: Color; since: string };
}

/** A newer record of an incident that nobody needs to be told of. */
export interface UpdateAction extends Correction {
  kind: 'update';
  incident: Incident;
}

export type AlarmAction = ChangeAction | UpdateAction;
