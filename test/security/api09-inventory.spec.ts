import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GuardedServer } from '../support/guarded-server.js';
import { temporaryFolder } from '../support/processes.js';

let server: GuardedServer;
beforeAll(async () => {
  server = await GuardedServer.start();
}, 90_000);
afterAll(() => server.stop());

/** What is served and stands in no document: the page, its files, and the document itself. */
const beside = [
  '/',
  '/api/docs',
  '/api/docs/',
  '/api/docs/*',
  '/api/docs/docs/swagger-ui-init.js',
  '/api/docs/index.html',
  '/api/docs/LICENSE',
  '/api/docs/swagger-ui-init.js',
  '/api/openapi.json',
  '/api/openapi.yaml',
  '/assets/:name',
  '/favicon.ico',
  '/icons/:name',
];

describe('what is served', () => {
  it('stands in the document, but for the page and the document itself', async () => {
    Logger.overrideLogger(false);
    const { createApp } = await import('../../apps/server/create-app.js');
    const { serverSettings } = await import('../../apps/server/server.config.js');
    const app = await createApp(serverSettings.parse({ AMBERWATCH_DATA: temporaryFolder() }));
    const served = new Set<string>();
    try {
      await app.init();
      const lines = app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false }).split('\n');
      const path: string[] = [];
      for (const line of lines) {
        const [, indent = '', part = '', methods = ''] =
          /^((?:[│ ] {3})*)[├└]── (.*?)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
        if (part === '') continue;
        path.splice(indent.length / 4, Infinity, part);
        for (const method of methods.split(', ').filter((one) => one !== '' && one !== 'HEAD'))
          served.add(`${method} ${path.join('')}`);
      }
    } finally {
      await app.close();
    }
    const { body } = await server.ask(undefined, 'GET', '/api/openapi.json');
    const { paths } = JSON.parse(body) as { paths: Record<string, object> };
    const documented = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    const shown = (routes: Iterable<string>) => [...routes].map((route) => route.replace(/(?<=\w)\/$/, '')).sort();
    const known = new Set(shown([...documented, ...beside.map((path) => `GET ${path}`)]));
    expect(served.size).toBeGreaterThan(50);
    expect(shown(served).filter((route) => !known.has(route))).toEqual([]);
  }, 120_000);

  it.each([
    '/api',
    '/api/v0/hosts',
    '/api/v2/hosts',
    '/v1/hosts',
    '/api/v1',
    '/api/v1/debug',
    '/debug/pprof/',
    '/debug/vars',
    '/actuator/env',
    '/graphql',
    '/console/',
    '/admin/',
    '/.env',
    '/.git/config',
    '/package.json',
    '/dist/apps/server/main.js',
    '/assets/../../../package.json',
    '/assets/index.js.map',
    '/api/v1/settings',
    '/api/v1/config',
    '/health',
    '/server-status',
    '/state.duckdb',
    '/data/state.duckdb',
  ])('is nothing old, forgotten or for debugging: %s', async (path) => {
    const { status, body } = await server.ask(GuardedServer.ADMIN, 'GET', path);
    expect([status, body.length < 500]).toEqual([404, true]);
  });

  it('has no maps of its sources', async () => {
    const page = await server.ask(undefined, 'GET', '/');
    const files = [...page.body.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, file]) => file ?? '');
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      expect((await server.ask(undefined, 'GET', file)).body).not.toContain('sourceMappingURL');
      expect((await server.ask(undefined, 'GET', `${file}.map`)).status).toBe(404);
    }
  });

  it('says its version to nobody who has not shown a token, but to the page that asks who is there', async () => {
    for (const path of ['/health/live', '/health/ready', '/nothing', '/servers', '/metrics']) {
      const { headers, body } = await server.ask(undefined, 'GET', path);
      expect(JSON.stringify([headers, body])).not.toMatch(/version|fastify|nestjs|node\.js/i);
    }
  });
});
