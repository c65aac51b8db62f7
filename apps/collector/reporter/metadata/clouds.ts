import type { Ask } from './metadata-http.js';

/** What a cloud says of the machine, under the names of the original reporter where it has them. */
export type Metadata = Record<string, string>;

/** One cloud's metadata service; undefined where the answer is not that of this cloud. */
export type Cloud = (ask: Ask) => Promise<Metadata | undefined>;

/** Longest value that is taken for an id, a type, a name or an address, in bytes. */
const MAX_VALUE_BYTES = 255;
/** Markup and lines: what a web page holds that answers in place of a metadata service, and no id does. */
const NO_VALUE = /[<\p{Cc}]/u;

/** AWS, version 2 of its service, which wants a token of its own first (docs.aws.amazon.com, "Use IMDSv2"). */
export const aws: Cloud = async (ask) => {
  const token = await ask('/latest/api/token', {
    method: 'PUT',
    headers: { 'x-aws-ec2-metadata-token-ttl-seconds': '60' },
  });
  if (!token) return undefined;
  const headers = { 'x-aws-ec2-metadata-token': token.body };
  const paths = {
    'instance-id': 'instance-id',
    'instance-type': 'instance-type',
    'ami-id': 'ami-id',
    zone: 'placement/availability-zone',
    'public-ipv4': 'public-ipv4',
    hostname: 'hostname',
  };
  const entries = await Promise.all(
    Object.entries(paths).map(async ([key, path]) => [
      key,
      (await ask(`/latest/meta-data/${path}`, { headers }))?.body,
    ]),
  );
  const found = texts(Object.fromEntries(entries) as Record<string, unknown>);
  // Whatever answers every path, such as a captive portal, is no AWS.
  return /^i-[0-9a-f]+$/.test(found['instance-id'] ?? '') ? { cloud: 'aws', ...found } : undefined;
};

/** Google Cloud (cloud.google.com, "About VM metadata"); it signs its answers with a header. */
export const google: Cloud = async (ask) => {
  const headers = { 'metadata-flavor': 'Google' };
  const answer = await ask('/computeMetadata/v1/instance/?recursive=true', { headers });
  if (!answer || answer.headers['metadata-flavor'] !== 'Google') return undefined;
  const one = JSON.parse(answer.body) as {
    id?: number | string;
    machineType?: string;
    image?: string;
    zone?: string;
    hostname?: string;
    networkInterfaces?: { accessConfigs?: { externalIp?: string }[] }[];
  };
  // The number of an instance has more digits than a JSON number of ours can hold.
  const id = /"id"\s*:\s*"?(\d+)/.exec(answer.body)?.[1];
  return identified('google', {
    'instance-id': id,
    'instance-type': one.machineType?.split('/').at(-1),
    'ami-id': one.image?.split('/').at(-1),
    zone: one.zone?.split('/').at(-1),
    'public-ipv4': one.networkInterfaces?.[0]?.accessConfigs?.[0]?.externalIp,
    hostname: one.hostname,
  });
};

/** Azure (learn.microsoft.com, "Azure Instance Metadata Service"). */
export const azure: Cloud = async (ask) => {
  const answer = await ask('/metadata/instance?api-version=2021-02-01', { headers: { metadata: 'true' } });
  if (!answer) return undefined;
  const { compute, network } = JSON.parse(answer.body) as {
    compute?: {
      vmId?: string;
      vmSize?: string;
      location?: string;
      zone?: string;
      name?: string;
      osProfile?: { computerName?: string };
      storageProfile?: { imageReference?: { id?: string; offer?: string; sku?: string } };
    };
    network?: { interface?: { ipv4?: { ipAddress?: { publicIpAddress?: string }[] } }[] };
  };
  if (!compute) return undefined;
  const image = compute.storageProfile?.imageReference;
  return identified('azure', {
    'instance-id': compute.vmId,
    'instance-type': compute.vmSize,
    'ami-id': image?.id || [image?.offer, image?.sku].filter(Boolean).join(':'),
    zone: [compute.location, compute.zone].filter(Boolean).join('-'),
    'public-ipv4': network?.interface?.[0]?.ipv4?.ipAddress?.[0]?.publicIpAddress,
    hostname: compute.osProfile?.computerName || compute.name,
  });
};

/** A machine without an id of its own is none of that cloud. */
function identified(cloud: string, values: Record<string, unknown>): Metadata | undefined {
  const found = texts(values);
  return found['instance-id'] === undefined ? undefined : { cloud, ...found };
}

function texts(values: Record<string, unknown>): Metadata {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => isValue(entry[1])));
}

function isValue(value: unknown): value is string {
  return (
    typeof value === 'string' && value !== '' && Buffer.byteLength(value) <= MAX_VALUE_BYTES && !NO_VALUE.test(value)
  );
}
