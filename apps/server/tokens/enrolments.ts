import { Inject, Injectable } from '@nestjs/common';
import { CodedError, escapeGlob, fitsHosts, type MadeToken, RENEWAL_GRACE_MS } from '#domain';
import { SETTINGS, type ServerSettings } from '../server.config.js';
import type { Rights } from '../http/request-rights.js';
import { Tokens } from './tokens.js';

/**
 * Changes an enrolment token for a write token of one host. A host that enrols again has lost its token, or two share
 * its name: the token before goes on for a while, and all older ones end, so that the list does not grow.
 */
@Injectable()
export class Enrolments {
  /** Ids of the tokens of each host, by its glob and the newest first; read from the tokens at the first enrolment. */
  private byHost: Map<string, string[]> | undefined;

  constructor(
    private readonly tokens: Tokens,
    @Inject(SETTINGS) private readonly settings: Pick<ServerSettings, 'AMBERWATCH_MAX_HOSTS'>,
  ) {
    tokens.ended.subscribe(({ id, hosts }) => this.forget(id, hosts?.[0] ?? ''));
  }

  /** @throws CodedError FORBIDDEN, TOO_MANY_REQUESTS */
  async enrol(by: Rights, host: string, nowMs: number): Promise<MadeToken> {
    if (by.hosts && !fitsHosts(by.hosts, host)) {
      throw new CodedError('FORBIDDEN', `This enrolment token is not for the host "${host}".`);
    }
    const byHost = (this.byHost ??= this.read());
    const glob = escapeGlob(host);
    const most = this.settings.AMBERWATCH_MAX_HOSTS;
    if (!byHost.has(glob) && byHost.size >= most) {
      throw new CodedError('TOO_MANY_REQUESTS', `${most} hosts are enrolled, as many as AMBERWATCH_MAX_HOSTS allows.`);
    }
    const what = { kind: 'write' as const, hosts: [glob], expiresAt: null, enrolledBy: by.id };
    const made = await this.tokens.add(what, nowMs);
    const [newest, ...older] = byHost.get(glob) ?? [];
    byHost.set(glob, [made.id, ...(newest === undefined ? [] : [newest])]);
    if (newest !== undefined) await this.tokens.endAt(newest, nowMs + RENEWAL_GRACE_MS);
    for (const id of older) await this.tokens.end(id);
    return made;
  }

  /** A token that ended frees the place of its host. */
  private forget(ended: string, glob: string): void {
    const left = this.byHost?.get(glob)?.filter((id) => id !== ended);
    if (left?.length === 0) this.byHost?.delete(glob);
    else if (left) this.byHost?.set(glob, left);
  }

  private read(): Map<string, string[]> {
    const byHost = new Map<string, string[]>();
    const newestFirst = this.tokens.enrolled().sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
    for (const { id, hosts } of newestFirst) {
      const glob = hosts?.[0] ?? '';
      byHost.set(glob, [...(byHost.get(glob) ?? []), id]);
    }
    return byHost;
  }
}
