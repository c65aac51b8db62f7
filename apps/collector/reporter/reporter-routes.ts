import type { CollectorControl } from '../control/collector-control.js';
import { Refused } from '../control/refused.js';
import { json, type Routes } from '../control/routes.js';
import { type HostGraph, sections } from './host-graph.js';
import type { Reporter } from './reporter.js';

const MAX_INTERVAL_S = 3600;
const MAX_GRAPH_INTERVAL_S = 60;

export interface ReporterRoutesParts {
  reporter: Pick<Reporter, 'report' | 'metadata' | 'about'>;
  graph: Pick<HostGraph, 'points'>;
  control: Pick<CollectorControl, 'pause' | 'resume' | 'end' | 'setInterval'>;
}

/** The routes of the original reporter, on the collector's control port. */
export function reporterRoutes({ reporter, graph, control }: ReporterRoutesParts): Routes {
  return {
    '/': { answer: () => json(reporter.about()) },
    '/get/metrics': { answer: async () => json(await reporter.report()) },
    '/get/metadata': { answer: async () => json(await reporter.metadata()) },
    '/get/graph': {
      answer: async (query) =>
        json(await graph.points(oneOf(query, 'metric', sections), whole(query, MAX_GRAPH_INTERVAL_S))),
    },
    '/update/status': {
      changes: true,
      answer: (query) => {
        const status = oneOf(query, 'status', ['pause', 'resume', 'stop']);
        if (status === 'pause') control.pause();
        else if (status === 'resume') control.resume();
        else control.end();
        return json({ Status: status });
      },
    },
    '/update/interval': {
      changes: true,
      answer: (query) => {
        const seconds = whole(query, MAX_INTERVAL_S);
        control.setInterval(seconds * 1000);
        return json({ Status: 'Post interval updated', Interval: seconds });
      },
    },
  };
}

function oneOf<Value extends string>(query: URLSearchParams, name: string, values: readonly Value[]): Value {
  const given = query.get(name);
  const known = values.find((value) => value === given);
  if (known !== undefined) return known;
  throw new Refused(400, 'INVALID', `${name} must be one of ${values.join(', ')}, not "${(given ?? '').slice(0, 60)}"`);
}

function whole(query: URLSearchParams, max: number): number {
  const given = query.get('interval') ?? '';
  const seconds = /^\d{1,5}$/.test(given) ? Number(given) : 0;
  if (seconds >= 1 && seconds <= max) return seconds;
  throw new Refused(
    400,
    'INVALID',
    `interval must be a whole number of seconds from 1 to ${max}, not "${given.slice(0, 60)}"`,
  );
}
