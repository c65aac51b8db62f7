import { BlockList, isIP, isIPv4 } from 'node:net';

/** Never a receiver of notifications: this network, multicast, link-local, and what clouds serve their secrets on. */
const forbidden = blockList([
  '0.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '255.255.255.255/32',
  '192.0.0.0/24',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '::/128',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
]);

/** Receivers in one's own network, which have to be allowed. */
const inside = blockList([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '::1/128',
  'fc00::/7',
]);

function blockList(networks: string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits = '0'] = network.split('/');
    list.addSubnet(address, Number(bits), isIPv4(address) ? 'ipv4' : 'ipv6');
  }
  return list;
}

/**
 * Why nothing may be sent to an address, or undefined where it may. IPv6 forms that carry an IPv4 address (mapped,
 * NAT64, 6to4) are judged by that one.
 */
export function addressProblem(address: string, allowPrivate: boolean): string | undefined {
  const plain = address.replace(/%.*$/, '');
  if (isIP(plain) === 0) return `${address} is no address`;
  const carried = carriedIPv4(plain);
  if (carried !== undefined) return addressProblem(carried, allowPrivate);
  const family = isIPv4(plain) ? 'ipv4' : 'ipv6';
  if (forbidden.check(plain, family)) return `${address} is a link-local, metadata or special address`;
  if (!allowPrivate && inside.check(plain, family)) {
    return `${address} is a private address; AMBERWATCH_NOTIFY_PRIVATE=allow lets notifications go there`;
  }
  return undefined;
}

function carriedIPv4(address: string): string | undefined {
  if (isIPv4(address)) return undefined;
  const groups = expand(address);
  const [first, second, third] = groups;
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && (groups[5] === 0xffff || groups[5] === 0);
  const isNat64 = first === 0x64 && second === 0xff9b;
  if ((isMapped || isNat64) && (groups[6] !== 0 || (groups[7] ?? 0) > 1)) return dotted(groups[6], groups[7]);
  if (first === 0x2002) return dotted(second, third);
  return undefined;
}

function dotted(high = 0, low = 0): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an IPv6 address. */
function expand(address: string): number[] {
  const tail = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  let text = address;
  if (tail) {
    const [a, b, c, d] = tail.slice(1).map(Number) as [number, number, number, number];
    text = `${address.slice(0, tail.index)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [left = '', right] = text.split('::');
  const read = (part: string) => (part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)));
  const head = read(left);
  if (right === undefined) return head;
  const end = read(right);
  return [...head, ...Array.from({ length: Math.max(0, 8 - head.length - end.length) }, () => 0), ...end];
}
