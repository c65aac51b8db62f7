import type { RequestListener } from 'node:http';
import { randomFrom, seedOf, wholeFrom } from './random.js';

export interface ClusterOptions {
  servers: number;
  seed: number;
  /** Time that each answer takes, in milliseconds. */
  latencyMs: number;
}

const services = [
  'UserService',
  'AuthService',
  'RoleService',
  'TimeService',
  'GeoService',
  'TicketService',
  'StorageService',
  'PermissionsService',
  'MLService',
  'IdService',
];

interface StandIn {
  service: string;
  /** Usage of its own, different at every request and the same for the same seed. */
  next: () => number;
}

/** Answers `/servers` and `/<address>` like a cluster of machines would. */
export function clusterListener({ servers, seed, latencyMs }: ClusterOptions): RequestListener {
  const cluster = new Map<string, StandIn>();
  for (let i = 0; i < servers; i++) {
    const random = randomFrom(seedOf(seed, 'server', i));
    const service = services[i % services.length] as string;
    cluster.set(`10.58.${i >> 8}.${i & 255}`, { service, next: () => wholeFrom(random, 0, 100) });
  }
  const list = JSON.stringify([...cluster.keys()]);
  return (request, response) => {
    const name = (request.url ?? '/').split('?')[0]?.slice(1) ?? '';
    const one = cluster.get(name);
    const answer = (status: number, body: string) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body);
    };
    const reply = () => {
      if (name === 'servers') answer(200, list);
      else if (one)
        answer(200, JSON.stringify({ cpu: `${one.next()}%`, memory: `${one.next()}%`, service: one.service }));
      else if (/^[\d.]+$/.test(name)) answer(400, '{"error": "Invalid IP"}');
      else answer(404, '{"error": "Not found"}');
    };
    if (latencyMs > 0) setTimeout(reply, latencyMs);
    else reply();
  };
}
