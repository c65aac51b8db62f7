import type { FastifyInstance } from 'fastify';
import { CodedError, routes } from '#domain';

/** Batches that may be in work at once whatever the pace is. */
const ALWAYS = 500;
/** Beyond that, as many as are done within this time, so that whoever is let in is answered soon. */
const PACE_MS = 1000;
/** Those who are sent away are spread over so many seconds, so that they do not come back together. */
const SPREAD_S = 5;

/**
 * How many batches are in work, against how many were done in the last second (Little's law: what is in work, divided by
 * the pace, is how long the last one waits).
 */
export class Crowd {
  private inWork = 0;
  private sinceMs = 0;
  private done = 0;
  private pace = 0;

  /** Whether one more may come in; if so, `leave` is to be called for it. */
  enter(nowMs: number): boolean {
    this.turn(nowMs);
    if (this.inWork >= Math.max(ALWAYS, this.pace, this.done)) return false;
    this.inWork++;
    return true;
  }

  leave(nowMs: number): void {
    this.turn(nowMs);
    this.inWork--;
    this.done++;
  }

  private turn(nowMs: number): void {
    if (nowMs - this.sinceMs < PACE_MS) return;
    // A second without any is none that tells the pace.
    this.pace = nowMs - this.sinceMs < 2 * PACE_MS ? this.done : 0;
    this.done = 0;
    this.sinceMs = nowMs;
  }
}

/**
 * Sends batches away while too many are in work, as when a whole fleet comes back after an outage. A body counts from
 * when it is there, so that nobody takes a place by sending slowly.
 */
export function limitCrowd(instance: FastifyInstance, crowd = new Crowd()): void {
  instance.addHook('preValidation', async (request, reply) => {
    const { method, routeOptions } = request;
    if (method !== 'PUT' || (routeOptions.url !== routes.samples && routeOptions.url !== routes.saveAll)) return;
    if (!crowd.enter(performance.now())) {
      const retryAfterSeconds = 1 + Math.floor(Math.random() * SPREAD_S);
      throw new CodedError('TOO_MANY_REQUESTS', 'Too many hosts send at once.', { retryAfterSeconds });
    }
    // Also where the sender goes away before its answer, of which `onResponse` is not told.
    if (reply.raw.closed) crowd.leave(performance.now());
    else reply.raw.once('close', () => crowd.leave(performance.now()));
  });
}
