import type { MadeToken, Token, TokenKind } from '#domain';
import { exitStatus, type Input, UsageError } from '../command.js';
import { shortIds } from '../server/short-ids.js';
import { withServer } from '../server/with-server.js';
import { type Cell, table } from '../table.js';
import type { Terminal } from '../terminal.js';

interface Options {
  kind?: TokenKind;
  host?: string;
  name?: string;
  expires?: number;
  json?: boolean;
}

/** Makes, lists, renews and revokes tokens. The text of a new one stands alone on the output, what is said of it beside. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const [action, id = ''] = input.words;
  const options = input.options as Options;
  await withServer(input, terminal, async (client) => {
    switch (action) {
      case 'create':
        return showMade(await client.createToken(newToken(options)), options, terminal);
      case 'renew':
        return showMade(await client.renewToken(id), options, terminal);
      case 'revoke':
        await client.revokeToken(id);
        terminal.out(options.json ? '[]\n' : 'It ends now.\n');
        return;
      default:
        return showList(await client.everyToken(), options, terminal);
    }
  });
  return exitStatus.fine;
}

function newToken({ kind, host, name, expires }: Options) {
  if (kind === undefined) throw new UsageError('Say what it may do: --kind admin, read, write or enrolment.');
  const isBound = kind === 'write' || kind === 'enrolment';
  if (isBound && host === undefined)
    throw new UsageError(`A token to ${verbOf(kind)} needs its hosts: --host 'web-*'.`);
  if (!isBound && host !== undefined) throw new UsageError(`A ${kind} token is for all hosts; leave --host out.`);
  if (kind === 'enrolment' && expires === undefined) {
    throw new UsageError('An enrolment token needs an end: --expires 7d.');
  }
  const expiresAt = expires === undefined ? undefined : new Date(Date.now() + expires).toISOString();
  return { kind, hosts: host?.split(',').map((glob) => glob.trim()), name, expiresAt };
}

const verbOf = (kind: TokenKind) => (kind === 'enrolment' ? 'enrol' : kind);

function showMade(made: MadeToken, { json }: Options, terminal: Terminal): void {
  if (json) {
    terminal.out(`${JSON.stringify(made, undefined, 2)}\n`);
    return;
  }
  const { id, kind, hosts, expiresAt, oldSecretUntil } = made;
  terminal.out(`${made.token}\n`);
  const forHosts = hosts === undefined ? '' : ` for ${hosts.join(', ')}`;
  const end = expiresAt === null ? 'it has no end' : `it ends ${timeOf(expiresAt)} (UTC)`;
  terminal.err(`${id}: ${kind}${forHosts}, ${end}. It is shown this once.\n`);
  if (oldSecretUntil !== undefined) terminal.err(`The one before goes on until ${timeOf(oldSecretUntil)} (UTC).\n`);
}

function showList(tokens: Token[], { json }: Options, terminal: Terminal): void {
  if (json) terminal.out(`${JSON.stringify(tokens, undefined, 2)}\n`);
  else terminal.out(tokenTable(tokens, terminal));
}

function tokenTable(tokens: Token[], terminal: Terminal): string {
  const ids = shortIds(tokens.map(({ id }) => id));
  const nowMs = Date.now();
  const columns = [
    { title: 'ID' },
    { title: 'KIND' },
    { title: 'HOSTS', least: 8 },
    { title: 'NAME', least: 8, importance: 3 },
    { title: 'MADE (UTC)', importance: 1 },
    { title: 'ENDS (UTC)', least: 5 },
    { title: 'LAST USED (UTC)', least: 5 },
    { title: 'FROM', importance: 2 },
  ];
  const rows = tokens.map((one): Cell[] => [
    one.createdAt === null ? one.id : (ids.get(one.id) ?? one.id),
    one.kind,
    one.hosts?.join(', ') ?? 'all',
    one.name ?? (one.enrolledBy === undefined ? '' : `enrolled by ${ids.get(one.enrolledBy) ?? one.enrolledBy}`),
    one.createdAt === null ? '' : timeOf(one.createdAt),
    one.expiresAt === null ? 'never' : Date.parse(one.expiresAt) <= nowMs ? 'ended' : timeOf(one.expiresAt),
    one.lastUsedAt === null ? 'never' : timeOf(one.lastUsedAt),
    one.lastUsedFrom ?? '',
  ]);
  return table(columns, rows, terminal);
}

const timeOf = (iso: string) => iso.slice(0, 16).replace('T', ' ');
