import { Controller, Inject, Query, Req, Sse } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CodedError, duration, hostName, type Incident, routes } from '#domain';
import {
  defer,
  endWith,
  filter,
  finalize,
  ignoreElements,
  interval,
  map,
  merge,
  mergeMap,
  type Observable,
  takeUntil,
} from 'rxjs';
import { z } from 'zod';
import { HostRegistry } from '../hosts/host-registry.js';
import { tokenOf } from '../http/request-rights.js';
import { DocumentsText } from '../http/returns.decorator.js';
import { Tokens } from '../tokens/tokens.js';
import { SampleFeed } from '../usage/sample-feed.js';
import { AlertBoard } from './alert-board.js';
import { Incidents } from './incidents.js';
import { digested } from './sample-digest.js';

/** A line a quarter of a minute keeps proxies from closing a quiet stream. */
const PING_MS = 15_000;
/** Each of them is told of every event. */
const MAX_STREAMS = 500;

const streamQuery = z.strictObject({
  host: hostName.optional().describe('Only what is about this host'),
  pace: duration(100, 60_000)
    .optional()
    .describe(
      'Shortest time between two events `samples`, such as 2s. Each is then a digest of what was accepted since the one ' +
        'before: {"batches", "programs", "hosts", "hostCount"}, of which `hosts` names a hundred at most',
    ),
});

export interface StreamMessage {
  type: 'samples' | 'alert' | 'values' | 'ping';
  data: object;
}

@ApiTags('live')
@Controller()
export class StreamController {
  private open = 0;

  constructor(
    @Inject(SampleFeed) private readonly feed: SampleFeed,
    @Inject(Incidents) private readonly incidents: Incidents,
    @Inject(AlertBoard) private readonly board: AlertBoard,
    @Inject(HostRegistry) private readonly hosts: HostRegistry,
    @Inject(Tokens) private readonly tokens: Tokens,
  ) {}

  @Sse(routes.stream)
  @DocumentsText(
    'text/event-stream',
    'Server-sent events: `samples` for each accepted batch (host, time, programs), or digests of them; `alert` for each ' +
      'change of an incident, `values` for the newest values of open ones, `ping` each 15 s; it ends with the token by which it was asked for',
  )
  stream(
    @Query({ schema: streamQuery }) query: z.infer<typeof streamQuery>,
    @Req() request: FastifyRequest,
  ): Observable<StreamMessage> {
    if (this.open >= MAX_STREAMS) {
      throw new CodedError('TOO_MANY_REQUESTS', `${MAX_STREAMS} streams are open already.`);
    }
    const host = query.host === undefined ? undefined : (this.hosts.resolve(query.host) ?? query.host);
    const token = tokenOf(request);
    const revoked = this.tokens.ended.pipe(filter(({ id }) => id === token));
    const stopping = merge(this.feed.arrivals.pipe(ignoreElements(), endWith(true)), revoked);
    return defer(() => {
      this.open++;
      return merge(
        this.samples(host, query.pace),
        this.alerts(host),
        this.values(host),
        interval(PING_MS).pipe(map((): StreamMessage => ({ type: 'ping', data: {} }))),
      ).pipe(
        takeUntil(stopping),
        finalize(() => this.open--),
      );
    });
  }

  private samples(host: string | undefined, paceMs: number | undefined): Observable<StreamMessage> {
    const { arrivals } = this.feed;
    const wanted = host === undefined ? arrivals : arrivals.pipe(filter((arrival) => arrival.host === host));
    const told: Observable<object> = paceMs === undefined ? wanted : digested(wanted, paceMs);
    return told.pipe(map((data) => ({ type: 'samples', data })));
  }

  private alerts(host: string | undefined): Observable<StreamMessage> {
    return this.incidents.changes.pipe(
      filter((incident: Incident) => host === undefined || incident.host === host),
      mergeMap((incident) => this.board.shown([incident], Date.now())),
      map((data) => ({ type: 'alert', data })),
    );
  }

  private values(host: string | undefined): Observable<StreamMessage> {
    return this.incidents.newValues.pipe(
      map((values) => (host === undefined ? values : values.filter(({ id }) => this.incidents.hostOf(id) === host))),
      filter((values) => values.length > 0),
      map((values) => ({ type: 'values', data: { values } })),
    );
  }
}
