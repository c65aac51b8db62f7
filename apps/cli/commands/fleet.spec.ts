import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cluster, testShell, type TestShell } from '../../../test/support/command-line.js';

const server = (service: string, cpu: number, memory: number) => ({ cpu: `${cpu}%`, memory: `${memory}%`, service });

let shell: TestShell;
let url: string;
beforeEach(async () => {
  shell = testShell();
  url = await shell.serve(
    cluster({
      a: server('Shop', 10, 20),
      b: server('Shop', 21, 80),
      c: server('Shop', 80.5, 0),
      d: server('Mail', 100, 100),
      e: server('Mail', 0, 0),
      f: { cpu: 'n/a', memory: '50%', service: 'Mail' },
    }),
  );
});
afterEach(() => shell.close());

const ask = async (...words: string[]) => {
  const ran = await shell.amberwatch([...words, '--url', url, '--json']);
  return { ...ran, json: JSON.parse(ran.out) as unknown };
};

describe('amberwatch averages', () => {
  it('gives the mean cpu and memory of each service over what its servers say', async () => {
    const { status, json } = await ask('averages');
    expect(status).toBe(0);
    expect(json).toEqual([
      { service: 'Mail', servers: 3, unknown: 1, cpu: 50, memory: 50 },
      { service: 'Shop', servers: 3, unknown: 0, cpu: 37.17, memory: 33.33 },
    ]);
  });

  it('keeps to one service where it is told so', async () => {
    const { out } = await shell.amberwatch(['averages', '--url', url, '--service', 'Mail']);
    expect(out).toBe('SERVICE  SERVERS   CPU  MEMORY  UNKNOWN\nMail           3  50 %    50 %        1\n');
  });
});

describe('amberwatch unhealthy', () => {
  it('lists services with fewer than two healthy servers and ends with 1', async () => {
    const { status, json } = await ask('unhealthy');
    expect(status).toBe(1);
    expect(json).toEqual([{ service: 'Mail', healthy: 1, unhealthy: 1, unknown: 1 }]);
  });

  it('ends with 0 where every service is well', async () => {
    const { status, out } = await shell.amberwatch(['unhealthy', '--url', url, '--service', 'Shop']);
    expect({ status, out }).toEqual({ status: 0, out: 'Every service has at least 2 healthy servers.\n' });
  });

  it('takes other limits from HEALTH_COUNT, CPU_LIMIT and MEMORY_LIMIT', async () => {
    Object.assign(shell.environment, { HEALTH_COUNT: '3', CPU_LIMIT: '81', MEMORY_LIMIT: '79' });
    const { json } = await ask('unhealthy', '--service', 'Shop');
    expect(json).toEqual([{ service: 'Shop', healthy: 2, unhealthy: 1, unknown: 0 }]);
  });

  it('never calls a fleet well of which a server does not say its service', async () => {
    url = await shell.serve(cluster({ a: server('Shop', 1, 1), b: server('Shop', 1, 1), c: 500 }));
    const { status, json } = await ask('unhealthy');
    expect(status).toBe(1);
    expect(json).toEqual([{ service: null, healthy: 0, unhealthy: 0, unknown: 1 }]);
  });

  it('ends with 1 and names the nearest service where nobody belongs to the one asked for', async () => {
    const { status, err } = await shell.amberwatch(['unhealthy', '--url', url, '--service', 'Shpo']);
    expect(status).toBe(1);
    expect(err).toBe('No server says that it belongs to the service "Shpo". Did you mean Shop?\n');
  });
});

const port = () => ['--port', new URL(url).port];

describe('amberwatch fleet', () => {
  it("prints the tables of the original's flags, filtered by the service", async () => {
    const words = ['fleet', ...port(), '--printservers', '--avg', '--unhealthyservices', '--service', 'Mail'];
    const { status, out } = await shell.amberwatch(words);
    expect(status).toBe(1);
    expect(out).toBe(`SERVER  SERVICE    CPU  MEMORY  STATUS
d       Mail     100 %   100 %  unhealthy
e       Mail       0 %     0 %  healthy
f       Mail         -    50 %  unknown: cpu is "n/a"

SERVICE  SERVERS   CPU  MEMORY  UNKNOWN
Mail           3  50 %    50 %        1

SERVICE  HEALTHY  UNHEALTHY  UNKNOWN
Mail           1          1        1
`);
  });

  it('judges nothing where it was not asked to', async () => {
    const { status, out } = await shell.amberwatch(['fleet', ...port(), '--avg']);
    expect(status).toBe(0);
    expect(out).toMatch(/^SERVICE {2}SERVERS/);
  });

  it('needs a port', async () => {
    const { status, err } = await shell.amberwatch(['fleet', '--avg']);
    expect(status).toBe(2);
    expect(err).toContain('needs --port N');
  });
});
