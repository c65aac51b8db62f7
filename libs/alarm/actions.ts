import type { Color, Incident, IncidentChange } from '#domain';

interface Correction {
  /** The incident that people heard of in place of this one, before older samples told better. */
  insteadOf?: string;
}

/** A change of an incident that people hear of; to be acted on first and recorded then. */
export interface ChangeAction extends Correction {
  kind: 'change';
  incident: Incident;
  change: IncidentChange;
  /** Colour before, and since when (ISO). */
  before: { color: Color; since: string };
}

/** A newer record of an incident that nobody needs to hear of. */
export interface UpdateAction extends Correction {
  kind: 'update';
  incident: Incident;
}

export type AlarmAction = ChangeAction | UpdateAction;
