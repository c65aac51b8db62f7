import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { temporaryFolder } from './support/processes.js';

interface Operation {
  operationId: string;
  summary: string;
  security: object[];
  responses: Record<string, { content?: object }>;
}

const root = join(import.meta.dirname, '..');
const document = JSON.parse(readFileSync(join(root, 'docs', 'openapi.json'), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ route: `${method} ${path}`, ...operation })),
);

/** Runs a program of a package, in a folder of its own. */
function run(program: string, args: string[], cwd: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'node_modules', program), ...args], {
    cwd,
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { status, output: stdout + stderr };
}

describe('the OpenAPI document', () => {
  it('gives openapi-typescript what compiles under strict', () => {
    const folder = temporaryFolder();
    const made = run(
      'openapi-typescript/bin/cli.js',
      [join(root, 'docs', 'openapi.json'), '-o', join(folder, 'api.ts')],
      folder,
    );
    expect(made).toMatchObject({ status: 0 });
    writeFileSync(
      join(folder, 'client.ts'),
      `import type { components, operations, paths } from './api.js';
type Hosts = operations['hosts_list']['responses'][200]['content']['application/json'];
export const nameOf = (page: Hosts): string | undefined => page.hosts[0]?.host;
export const cpuOf = (host: components['schemas']['Host']): number | null | undefined => host.usage?.cpu;
export const batch: paths['/api/v1/samples']['put']['requestBody']['content']['application/json'] = {
  id: 'batch-0001', host: 'a', time: '2026-11-22T20:41:50Z', names: ['x'], count: [1], cpu: [null],
};
export const nothing = (body: operations['alerts_putAlerts']['responses'][204]['content']): undefined => body;
export const old: operations['fleet_server']['responses'][503]['content']['application/json'] = { error: 'away' };
`,
    );
    const flags = ['--strict', '--noEmit', '--ignoreConfig', '--noUncheckedIndexedAccess', '--module', 'nodenext'];
    expect(run('typescript/bin/tsc', [...flags, 'client.ts', 'api.ts'], folder)).toEqual({ status: 0, output: '' });
  }, 180_000);

  it('names each operation once, after its controller, and sums it up', () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z]\w*_\w+$/.test(name))).toEqual([]);
    expect(operations.filter(({ summary }) => !summary)).toEqual([]);
  });

  it('asks for the token everywhere but where none is needed', () => {
    const open = operations.filter(({ security }) => security.length === 0).map(({ route }) => route);
    const session = ['get', 'put', 'delete'].map((method) => `${method} /api/v1/session`);
    expect(open.sort()).toEqual(['get /health/live', 'get /health/ready', ...session].sort());
    for (const { security } of operations) expect([[], [{ bearer: [] }, { cookie: [] }]]).toContainEqual(security);
  });

  it('describes errors everywhere, and no body where none is sent', () => {
    for (const { responses } of operations) {
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['4XX', '5XX']));
      const bodies = Object.entries(responses).map(([status, { content }]) => [
        status === '204',
        content === undefined,
      ]);
      expect(bodies.filter(([empty, none]) => empty !== none)).toEqual([]);
    }
    const empty = operations.filter(({ responses }) => '204' in responses);
    expect(empty.filter(({ responses }) => '200' in responses)).toEqual([]);
    expect(empty.length).toBeGreaterThan(4);
  });
});
