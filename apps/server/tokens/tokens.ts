import { timingSafeEqual } from 'node:crypto';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CodedError, ENVIRONMENT_TOKEN, type MadeToken, type NewToken, RENEWAL_GRACE_MS, type Token } from '#domain';
import { BearerToken, Loop } from '#runtime';
import { StateMap, StateStore } from '#store';
import { Subject } from 'rxjs';
import { idOf } from '../http/id-prefix.js';
import type { Rights } from '../http/request-rights.js';
import { SETTINGS, type ServerSettings } from '../server.config.js';
import { isOver, shownToken, type TokenRecord, tokenRecord } from './token-record.js';
import { hashOf, newSecret, newTokenId, readTokenText, tokenText } from './token-text.js';
import { TokenUses } from './token-uses.js';

const TIDY_EVERY_MS = 60_000;
/** Tokens that ran out stay on the list for so long. */
const KEPT_MS = 30 * 86_400_000;
/** Those that somebody made, beside the enrolled ones. */
const MAX_MADE = 10_000;

const environmentRights: Rights = { id: ENVIRONMENT_TOKEN, kind: 'admin' };

/** Every token that the server takes: the one of its environment, and those that were made since. */
@Injectable()
export class Tokens implements OnModuleInit, OnApplicationShutdown {
  /** Tokens that were revoked or ran out. */
  readonly ended = new Subject<Rights>();
  private readonly logger = new Logger('tokens');
  private readonly environment?: BearerToken;
  private readonly tidier: Loop;
  private records!: StateMap<TokenRecord>;
  private uses!: TokenUses;

  constructor(
    private readonly state: StateStore,
    scheduler: SchedulerRegistry,
    @Inject(SETTINGS) { AMBERWATCH_TOKEN: text }: Pick<ServerSettings, 'AMBERWATCH_TOKEN'>,
  ) {
    if (text !== undefined) this.environment = new BearerToken(text);
    this.tidier = new Loop({
      name: 'tokens.tidy',
      periodMs: TIDY_EVERY_MS,
      run: () => this.tidy(Date.now()),
      onError: (error) => this.logger.warn(`What is known of tokens could not be saved: ${(error as Error).message}`),
      registry: scheduler,
    });
  }

  async onModuleInit(): Promise<void> {
    this.records = await StateMap.load(this.state, { prefix: 'token/', schema: tokenRecord });
    this.uses = await TokenUses.load(this.state);
    this.tidier.start(TIDY_EVERY_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    this.ended.complete();
    await this.tidier.stop();
    await this.uses.save();
  }

  /** What the text allows; undefined where it is no token, or none any more. */
  find(text: string, nowMs: number): Rights | undefined {
    if (this.environment?.is(text)) return environmentRights;
    const given = readTokenText(text);
    const record = given && this.records.get(given.id);
    if (!record || isOver(record, nowMs)) return undefined;
    const hash = hashOf(given.secret);
    const old = record.old !== undefined && Date.parse(record.old.until) > nowMs ? [record.old.hash] : [];
    const isRight = [record.hash, ...old].some((kept) => timingSafeEqual(hash, Buffer.from(kept, 'hex')));
    return isRight ? record : undefined;
  }

  /** What the token of a session allows now, which was found when the session was begun. */
  rightsOf(id: string, nowMs: number): Rights | undefined {
    if (id === ENVIRONMENT_TOKEN) return this.environment && environmentRights;
    const record = this.records.get(id);
    return record && !isOver(record, nowMs) ? record : undefined;
  }

  used({ id }: Rights, from: string, nowMs: number): void {
    this.uses.note(id, from, nowMs);
  }

  /** In the order of their ids, that of the environment among them. */
  list(nowMs: number): Token[] {
    const use = this.uses.of(ENVIRONMENT_TOKEN);
    const own: Token = {
      id: ENVIRONMENT_TOKEN,
      kind: 'admin',
      name: 'AMBERWATCH_TOKEN of the server',
      createdAt: null,
      expiresAt: null,
      lastUsedAt: use?.at ?? null,
      lastUsedFrom: use?.from ?? null,
    };
    const made = [...this.records.values()].map((record) => shownToken(record, this.uses.of(record.id), nowMs));
    return [...(this.environment ? [own] : []), ...made].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Those that collectors were given for an enrolment token. */
  enrolled(): TokenRecord[] {
    return [...this.records.values()].filter(({ enrolledBy }) => enrolledBy !== undefined);
  }

  /** @throws CodedError FORBIDDEN where the server has no token of its own, INVALID */
  async create(asked: NewToken, nowMs: number): Promise<MadeToken> {
    const { expiresAt = null, ...rest } = asked;
    if (isOver({ expiresAt }, nowMs)) throw new CodedError('INVALID', `expiresAt: "${expiresAt}" is over already`);
    const made = this.records.size - this.enrolled().length;
    if (made >= MAX_MADE) throw new CodedError('INVALID', `There are ${MAX_MADE} tokens already; revoke some.`);
    return this.add({ ...rest, expiresAt }, nowMs);
  }

  /** @throws CodedError FORBIDDEN where the server has no token of its own */
  async add(
    what: Pick<TokenRecord, 'kind' | 'hosts' | 'name' | 'expiresAt' | 'enrolledBy'>,
    nowMs: number,
  ): Promise<MadeToken> {
    if (!this.environment) {
      throw new CodedError('FORBIDDEN', 'Tokens need AMBERWATCH_TOKEN: without it the server asks nobody for one.');
    }
    const id = newTokenId();
    const secret = newSecret();
    const createdAt = new Date(nowMs).toISOString();
    const record = { ...what, id, createdAt, hash: hashOf(secret).toString('hex') };
    await this.records.set(id, record);
    return { ...shownToken(record, undefined, nowMs), token: tokenText({ id, secret }) };
  }

  /** Gives a token a new secret; the old one goes on for a while. @throws CodedError NOT_FOUND, INVALID */
  async renew(name: string, nowMs: number): Promise<MadeToken> {
    const id = this.idOf(name);
    const secret = newSecret();
    const until = new Date(nowMs + RENEWAL_GRACE_MS).toISOString();
    const record = await this.records.update(id, (known) => {
      if (!known) throw notFound(name);
      if (isOver(known, nowMs)) throw new CodedError('INVALID', `The token ${id} ran out at ${known.expiresAt}.`);
      return { ...known, hash: hashOf(secret).toString('hex'), old: { hash: known.hash, until } };
    });
    if (!record) throw notFound(name);
    return { ...shownToken(record, this.uses.of(id), nowMs), token: tokenText({ id, secret }) };
  }

  /** Ends a token, and the sessions that were begun with it. @throws CodedError NOT_FOUND, INVALID */
  revoke(name: string): Promise<void> {
    return this.end(this.idOf(name));
  }

  async end(id: string): Promise<void> {
    const record = this.records.get(id);
    await this.records.delete(id);
    if (record) this.ended.next(record);
    await this.uses.forget(id);
  }

  /** Ends a token then, unless it ends before. */
  async endAt(id: string, endMs: number): Promise<void> {
    const expiresAt = new Date(endMs).toISOString();
    await this.records.update(id, (known) =>
      known && isOver(known, endMs) ? known : known && { ...known, expiresAt },
    );
  }

  private idOf(name: string): string {
    if (name === ENVIRONMENT_TOKEN) {
      throw new CodedError('INVALID', "The server's own token ends with its AMBERWATCH_TOKEN, in its environment.");
    }
    const id = idOf(name, this.records.keys());
    if (id === undefined) throw notFound(name);
    return id;
  }

  private async tidy(nowMs: number): Promise<void> {
    for (const record of [...this.records.values()].filter((one) => isOver(one, nowMs))) {
      this.ended.next(record);
      if (record.enrolledBy !== undefined || isOver(record, nowMs - KEPT_MS)) await this.end(record.id);
    }
    await this.uses.save();
  }
}

function notFound(name: string): CodedError {
  return new CodedError('NOT_FOUND', `There is no token "${name.slice(0, 80)}".`);
}
