import { networkInterfaces } from 'node:os';
import type { Setup } from '#domain';
import { isLoopback, isLoopbackHost } from '#runtime';

/** What is known of the server's address, and of who asks. */
export interface Asked {
  /** Address that the server listens on. */
  listens: string;
  port: number;
  scheme: 'http' | 'https';
  /** The header `Host`: the name by which the asker reached the server. */
  host: string | undefined;
  /** The token, where one is set: its text for who has shown it. */
  token?: { shown?: string };
}

const ANY = ['0.0.0.0', '::'];
const WELL_FORMED_HOST = /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i;

/** How the next host is connected, told by how the asker itself reached the server. */
export function connectNext(asked: Asked): Setup['connect'] {
  const { listens, token } = asked;
  const reachable = !isLoopback(listens);
  const asSeen = WELL_FORMED_HOST.test(asked.host ?? '') ? asked.host : undefined;
  const isAway = asSeen !== undefined && !isLoopbackHost(asSeen);
  const url = isAway || !reachable ? urlOf(asked, asSeen) : urlOf(asked, undefined);
  const hints = [
    reachable
      ? ''
      : `It listens on ${listens} alone: start it with AMBERWATCH_HOST=0.0.0.0 and AMBERWATCH_TOKEN set to a secret of 16 ` +
        'characters or more.',
    reachable && !isAway
      ? 'The address is the one that this machine knows of itself. Open the page by the one that other hosts know, and it ' +
        'stands here.'
      : '',
    token && token.shown === undefined
      ? "Put the server's token in; it stands here for who has signed in with it."
      : '',
  ].filter((hint) => hint !== '');
  return { command: commandOf(url, token), url, reachable, ...(hints.length > 0 && { hint: hints.join(' ') }) };
}

/** In a copy of Amberwatch, as the README has it. */
function commandOf(url: string, token: Asked['token']): string {
  const secret = token === undefined ? '' : ` AMBERWATCH_TOKEN=${quoted(token.shown ?? '<token>')}`;
  return `npm install && AMBERWATCH_SERVER_URL=${quoted(url)}${secret} npm run start:collector`;
}

function urlOf({ listens, port, scheme }: Asked, host: string | undefined): string {
  if (host !== undefined) return `${scheme}://${host}`;
  const address = ANY.includes(listens) ? ownAddress() : listens;
  return `${scheme}://${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** The first address of this machine that others can reach. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}

/** As one word of a POSIX shell, whatever is in it. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
