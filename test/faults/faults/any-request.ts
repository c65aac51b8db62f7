import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { nearly, type JsonSchema } from '../../support/hostile-json.js';
import type { Fault, FaultRun, Outcome } from '../fault.js';
import { randomFrom } from '../../../apps/cli/simulator/random.js';
import { Stand } from '../stand.js';

interface Operation {
  parameters: { name: string; in: string; schema: JsonSchema }[];
  requestBody?: { content: Record<string, { schema: JsonSchema }> };
}

interface OpenApi {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema> };
}

interface Request {
  method: string;
  /** As the document writes it. */
  route: string;
  path: string;
  body?: string;
}

/** Long enough for the feed to wait for news. */
const LIMIT_MS = 60_000;
/** The stream of events never ends, and an order to stop the alarm is one that it carries out. */
const LEFT_OUT = ['/api/v1/stream', '/api/v1/services/{service}/control'];
/** A 503 of the original's is an answer: the host is silent. */
const SERVER = '/{address}';

/**
 * Any single request, made from the schemas of the OpenAPI document, right and wrong, to any route; after each few the
 * probe. What breaks something is shrunk to the smallest request that does.
 */
export const anyRequest: Fault = {
  name: 'any-request',
  what: 'any single request to any route, made from the schemas, right and wrong',
  run: sendAnything,
};

async function sendAnything({ long, random: chance, progress }: FaultRun): Promise<Outcome> {
  const stand = await Stand.start({ store: 'duckdb' });
  const outcome: Outcome = { tries: 0, lost: 0, doubled: 0, unknown: 0, peakBytes: stand.memory.bytes, problems: [] };
  const rounds = long ? 100 : 2;
  // The short form is the same each time, so that it fails for a change alone; the long one explores.
  const random = long ? chance : randomFrom(1);
  try {
    for (let round = 0; round < rounds && outcome.problems.length === 0; round++) {
      const property = fc.asyncProperty(requests, async (request) => {
        outcome.tries++;
        const status = await statusOf(stand.url, request);
        if (status >= 500 && !(request.route === SERVER && status === 503)) throw new Error(`answered with ${status}`);
      });
      const seed = Math.floor(random() * 2 ** 31);
      const { failed, counterexample, errorInstance } = await fc.check(property, { numRuns: 200, seed });
      if (failed) outcome.problems.push(`${(errorInstance as Error).message}: ${textOf(counterexample?.[0])}`);
      await stand.probe(outcome);
      if (outcome.problems.length > 0) outcome.problems.push(`round ${round}, seed ${seed}`);
      else if (round % 10 === 9) progress(`${outcome.tries} requests`);
    }
    if (/ERROR/.test(stand.server.output())) outcome.problems.push('the server logged an error of its own');
    return outcome;
  } finally {
    await stand.close();
  }
}

const document = JSON.parse(readFileSync(join(import.meta.dirname, '../../../docs/openapi.json'), 'utf8')) as OpenApi;
const { schemas } = document.components;
const requests = fc.oneof(
  ...Object.entries(document.paths)
    .filter(([path]) => !LEFT_OUT.includes(path))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => requestsOf(method.toUpperCase(), path, operation)),
    ),
);

function requestsOf(method: string, path: string, { parameters, requestBody }: Operation): fc.Arbitrary<Request> {
  const schema = requestBody?.content['application/json']?.schema;
  const body = schema ? nearly(schema, schemas).map((value) => JSON.stringify(value)) : fc.constant(undefined);
  const values = parameters.map((one) => fc.option(nearly(one.schema, schemas), { nil: undefined, freq: 2 }));
  return fc.tuple(body, fc.tuple(...values)).map(([json, given]) => {
    const query = new URLSearchParams();
    let filled = path;
    for (const [i, { name, in: place }] of parameters.entries()) {
      const text = wellFormed(given[i]);
      if (place === 'path') filled = filled.replace(`{${name}}`, encodeURIComponent(text || 'x').slice(0, 1000));
      else if (given[i] !== undefined) query.set(name, text.slice(0, 1000));
    }
    // Nobody has to wait for news here.
    if (filled === '/api/v1/samples' && method === 'GET') query.set('wait', '0');
    const search = query.toString();
    return {
      method,
      route: path,
      path: search ? `${filled}?${search}` : filled,
      ...(json !== undefined && { body: json }),
    };
  });
}

function wellFormed(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed();
}

async function statusOf(url: string, { method, path, body }: Omit<Request, 'route'>): Promise<number> {
  const answer = await fetch(`${url}${path}`, {
    method,
    ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  await answer.arrayBuffer();
  return answer.status;
}

function textOf(request: unknown): string {
  return JSON.stringify(request).slice(0, 2000);
}
