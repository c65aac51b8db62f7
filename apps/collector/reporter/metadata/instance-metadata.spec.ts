import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { InstanceMetadata, reporterMetadata } from './instance-metadata.js';

let server: Server | undefined;
const asked: string[] = [];

afterEach(async () => {
  asked.length = 0;
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
});

type Answer = { status?: number; headers?: Record<string, string>; body?: string } | 'nothing';

/** A metadata service that answers as it is told. */
async function service(answer: (request: IncomingMessage) => Answer): Promise<string> {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const reply = answer(request);
    if (reply !== 'nothing') response.writeHead(reply.status ?? 200, reply.headers).end(reply.body);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const notFound: Answer = { status: 404 };

describe('the metadata of the instance', () => {
  it('comes from AWS with a token of version 2', async () => {
    const values: Record<string, string> = {
      'instance-id': 'i-0123456789abcdef0',
      'instance-type': 't3.micro',
      'ami-id': 'ami-0abc',
      'placement/availability-zone': 'eu-central-1a',
      'public-ipv4': '203.0.113.9',
      hostname: 'ip-10-0-0-7.ec2.internal',
    };
    const url = await service(({ method, url: path = '', headers }) => {
      if (path === '/latest/api/token') {
        const ttl = headers['x-aws-ec2-metadata-token-ttl-seconds'];
        return method === 'PUT' && ttl ? { body: 'the-token' } : notFound;
      }
      if (headers['x-aws-ec2-metadata-token'] !== 'the-token') return { status: 401 };
      const value = values[path.replace('/latest/meta-data/', '')];
      return value === undefined ? notFound : { body: value };
    });
    expect(await new InstanceMetadata({ url }).refresh()).toEqual({
      cloud: 'aws',
      'instance-id': 'i-0123456789abcdef0',
      'instance-type': 't3.micro',
      'ami-id': 'ami-0abc',
      zone: 'eu-central-1a',
      'public-ipv4': '203.0.113.9',
      hostname: 'ip-10-0-0-7.ec2.internal',
    });
  });

  it('comes from Google Cloud, its long number digit by digit', async () => {
    const body = JSON.stringify({
      id: 'ID',
      machineType: 'projects/1/machineTypes/e2-medium',
      image: 'projects/debian-cloud/global/images/debian-12',
      zone: 'projects/1/zones/europe-west1-b',
      hostname: 'web-1.c.project.internal',
      networkInterfaces: [{ accessConfigs: [{ externalIp: '203.0.113.10' }] }],
    }).replace('"ID"', '9123456789012345678');
    const url = await service(({ url: path, headers }) =>
      path?.startsWith('/computeMetadata/v1/instance/') && headers['metadata-flavor'] === 'Google'
        ? { headers: { 'metadata-flavor': 'Google' }, body }
        : notFound,
    );
    expect(await new InstanceMetadata({ url }).refresh()).toEqual({
      cloud: 'google',
      'instance-id': '9123456789012345678',
      'instance-type': 'e2-medium',
      'ami-id': 'debian-12',
      zone: 'europe-west1-b',
      'public-ipv4': '203.0.113.10',
      hostname: 'web-1.c.project.internal',
    });
  });

  it('comes from Azure', async () => {
    const body = JSON.stringify({
      compute: {
        vmId: '02aab8a4-74ef-476e-8182-f6d2ba4166a6',
        vmSize: 'Standard_B2s',
        location: 'westeurope',
        zone: '2',
        osProfile: { computerName: 'web-1' },
        storageProfile: { imageReference: { offer: 'debian-12', sku: '12' } },
      },
      network: { interface: [{ ipv4: { ipAddress: [{ publicIpAddress: '203.0.113.11' }] } }] },
    });
    const url = await service(({ url: path, headers }) =>
      path?.startsWith('/metadata/instance?') && headers['metadata'] === 'true' ? { body } : notFound,
    );
    expect(await new InstanceMetadata({ url }).refresh()).toEqual({
      cloud: 'azure',
      'instance-id': '02aab8a4-74ef-476e-8182-f6d2ba4166a6',
      'instance-type': 'Standard_B2s',
      'ami-id': 'debian-12:12',
      zone: 'westeurope-2',
      'public-ipv4': '203.0.113.11',
      hostname: 'web-1',
    });
  });

  it.each<[string, Answer]>([
    ['nobody answers', 'nothing'],
    ['a web page answers everything', { body: '<html>captive portal</html>' }],
    ['it is refused', { status: 403 }],
  ])('is empty within the time limit where %s', async (_, answer) => {
    const url = await service(() => answer);
    const started = performance.now();
    const metadata = new InstanceMetadata({ url, timeLimitMs: 200 });
    const found = await metadata.refresh();
    expect(performance.now() - started).toBeLessThan(1500);
    // Whatever a portal serves as an instance id is no cloud's: an id has no markup.
    expect(found).toEqual({});
  });

  it.each([
    ['markup', '<!DOCTYPE html>'],
    ['two lines', 'e2\nmedium'],
    ['more than 255 bytes', 'é'.repeat(128)],
  ])('takes no value that holds %s', async (_, value) => {
    const azureVm = (vmId: string) => ({ body: JSON.stringify({ compute: { vmId, vmSize: value, zone: '2' } }) });
    let id = 'a-real-id';
    const url = await service(({ url: path }) => (path?.startsWith('/metadata/') ? azureVm(id) : notFound));
    expect(await new InstanceMetadata({ url }).refresh()).toEqual({ cloud: 'azure', 'instance-id': id, zone: '2' });
    id = value;
    expect(await new InstanceMetadata({ url }).refresh()).toEqual({});
  });

  it("always has the original's five keys, with the host's name as id outside of a cloud", () => {
    expect(reporterMetadata('web-1', {})).toEqual({
      'ami-id': 'not available',
      hostname: 'web-1',
      'instance-id': 'web-1',
      'instance-type': 'not available',
      'public-ipv4': 'not available',
    });
    const known = { cloud: 'aws', 'instance-id': 'i-0abc', hostname: 'ip-10-0-0-7' };
    expect(reporterMetadata('web-1', known)).toMatchObject({ ...known, 'ami-id': 'not available' });
  });

  it('is asked for once an hour, and kept where nobody answers any more', async () => {
    let now = 0;
    let away = false;
    const url = await service(({ url: path }) => {
      if (away) return notFound;
      return path?.startsWith('/metadata/') ? { body: '{"compute": {"vmId": "a"}}' } : notFound;
    });
    const metadata = new InstanceMetadata({ url, now: () => now });
    await metadata.refresh();
    const once = asked.length;
    await metadata.refresh();
    expect(asked.length).toBe(once);
    now = 3_600_000;
    away = true;
    expect(await metadata.refresh()).toEqual({ cloud: 'azure', 'instance-id': 'a' });
    expect(asked.length).toBeGreaterThan(once);
  });
});
