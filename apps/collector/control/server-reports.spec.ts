import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { ServerReports } from './server-reports.js';

const enrol = () => Promise.resolve(undefined);
const refused = () => undefined;

describe('the reports of a collector', () => {
  it("take a newer server's order without the keys that this version does not know", async () => {
    const control = { revision: 3, status: 'pause', until: 'noon' };
    const server = createServer((_, response) => response.end(JSON.stringify({ control, region: 'north' })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const reports = new ServerReports(`http://127.0.0.1:${port}`, { current: undefined, enrol, refused }, 'web-1');
      const answer = await reports.send({ revision: 2, status: 'running' });
      expect(answer).toEqual({ control: { revision: 3, status: 'pause' } });
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
