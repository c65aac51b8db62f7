import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Fastify, { type FastifyInstance } from 'fastify';
import { routes } from '#domain';
import { waitUntil } from '../../../test/support/processes.js';
import { BodyBudget } from './body-budget.js';
import { Crowd, limitCrowd } from './crowd.js';
import { useJsonBody } from './json-body.js';

const body = JSON.stringify('x'.repeat(200_000));

class Counted extends Crowd {
  inside = 0;
  override enter(nowMs: number): boolean {
    this.inside++;
    return super.enter(nowMs);
  }
  override leave(nowMs: number): void {
    this.inside--;
    super.leave(nowMs);
  }
}

/** What a sender took of the server's memory and places is given back, however it goes away. */
describe('a sender that goes away before its answer', () => {
  let instance: FastifyInstance;
  let crowd: Counted;
  /** Resolves once a request is being answered. */
  let working: () => void;
  let answer: Promise<void>;

  beforeEach(async () => {
    instance = Fastify({ forceCloseConnections: true });
    crowd = new Counted();
    useJsonBody(instance, new BodyBudget(300_000));
    limitCrowd(instance, crowd);
    instance.put(routes.samples, async () => {
      working();
      await answer;
      return {};
    });
    await instance.listen({ port: 0, host: '127.0.0.1' });
  });
  afterEach(() => instance.close());

  function put(content: Buffer | string, encoding = 'identity') {
    const { port } = instance.server.address() as AddressInfo;
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
    const sent = request({ port, host: '127.0.0.1', method: 'PUT', path: routes.samples, headers });
    sent.on('error', () => undefined);
    sent.end(content);
    return sent;
  }

  it.each([
    ['as it is', body, 'identity'],
    ['packed', gzipSync(body), 'gzip'],
  ])('leaves its place to the next, its body %s', async (_, content, encoding) => {
    for (let i = 0; i < 3; i++) {
      const isWorking = new Promise<void>((resolve) => (working = resolve));
      let end = (): void => undefined;
      answer = new Promise<void>((resolve) => (end = resolve));
      const sent = put(content, encoding);
      await isWorking;
      sent.destroy();
      await waitUntil('its place is free', () => crowd.inside === 0);
      end();
    }
    const [response] = (await once(put(content, encoding), 'response')) as [{ statusCode: number }];
    expect(response.statusCode).toBe(200);
  });

  it('in the middle of its body leaves nothing behind', async () => {
    for (let i = 0; i < 3; i++) {
      const { port } = instance.server.address() as AddressInfo;
      const sent = request({
        port,
        host: '127.0.0.1',
        method: 'PUT',
        path: routes.samples,
        headers: { 'content-type': 'application/json', 'content-length': 250_000 },
      });
      sent.on('error', () => undefined);
      const arrived = once(instance.server, 'request');
      await new Promise((resolve) => sent.write(body, resolve));
      const [incoming] = (await arrived) as [NodeJS.EventEmitter];
      sent.destroy();
      // That it was cut off is an error of the request as well, which does not matter here.
      incoming.on('error', () => undefined);
      await new Promise((resolve) => incoming.once('close', resolve));
    }
    working = () => undefined;
    answer = Promise.resolve();
    const [response] = (await once(put(body), 'response')) as [{ statusCode: number }];
    expect(response.statusCode).toBe(200);
  });
});
