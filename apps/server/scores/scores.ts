import { Injectable } from '@nestjs/common';
import { type Incident, isAbout, type ScoreBoard, scoreOf, type ScoresQuery } from '#domain';
import { StateStore } from '#store';

const DEFAULT_SPAN_MS = 30 * 86_400_000;
/** The first moment that a time of the wire can tell. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00Z');
const MAX_HOSTS = 1_000;

/** Counts how the predictions turned out, from the marks that the alarm left in the incidents. */
@Injectable()
export class Scores {
  constructor(private readonly store: StateStore) {}

  async board({ host, from, to }: ScoresQuery, nowMs: number): Promise<ScoreBoard> {
    const endMs = to === undefined ? nowMs : Date.parse(to);
    const since = from ?? new Date(Math.max(FIRST_MS, endMs - DEFAULT_SPAN_MS)).toISOString();
    const incidents: Incident[] = [];
    for await (const incident of this.store.everyIncident({ state: 'all', host, from: since, to })) {
      // Silence is not predicted; leaving it out here keeps the list short.
      if (incident.metric !== 'data') incidents.push(incident);
    }
    const byRule = groupBy(incidents, ({ rule }) => rule ?? 'default');
    const byKind = groupBy(incidents, isAbout);
    const byHost = groupBy(incidents, (incident) => incident.host);
    const hosts = [...byHost].map(([name, group]) => ({ host: name, ...scoreOf(group) }));
    const warnings = (one: (typeof hosts)[number]) => one.hits + one.early + one.false;
    hosts.sort((a, b) => warnings(b) - warnings(a) || (a.host < b.host ? -1 : 1));
    return {
      from: since,
      incidents: incidents.length,
      total: scoreOf(incidents),
      rules: [...byRule].map(([rule, group]) => ({ rule, ...scoreOf(group) })),
      kinds: [...byKind].map(([kind, group]) => ({ kind, ...scoreOf(group) })),
      hosts: hosts.slice(0, MAX_HOSTS),
    };
  }
}

/** `Map.groupBy` came with Node 21. */
function groupBy<Item, Key extends string>(items: Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
