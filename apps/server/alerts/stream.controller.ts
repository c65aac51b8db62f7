import { Controller, Inject, Sse } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { routes } from '#domain';
import { endWith, ignoreElements, interval, map, merge, mergeMap, type Observable, takeUntil } from 'rxjs';
import { DocumentsText } from '../http/returns.decorator.js';
import { SampleFeed } from '../usage/sample-feed.js';
import { AlertBoard } from './alert-board.js';
import { Incidents } from './incidents.js';

/** A line a quarter of a minute keeps proxies from closing a quiet stream. */
const PING_MS = 15_000;

export interface StreamMessage {
  type: 'samples' | 'alert' | 'values' | 'ping';
  data: object;
}

@ApiTags('live')
@Controller()
export class StreamController {
  constructor(
    @Inject(SampleFeed) private readonly feed: SampleFeed,
    @Inject(Incidents) private readonly incidents: Incidents,
    @Inject(AlertBoard) private readonly board: AlertBoard,
  ) {}

  @Sse(routes.stream)
  @DocumentsText(
    'text/event-stream',
    'Server-sent events: `samples` for each accepted batch (host, time, programs), `alert` for each change of an incident, ' +
      '`values` for the newest values of open ones',
  )
  stream(): Observable<StreamMessage> {
    const stopping = this.feed.arrivals.pipe(ignoreElements(), endWith(true));
    return merge(
      this.feed.arrivals.pipe(map((data): StreamMessage => ({ type: 'samples', data }))),
      this.incidents.changes.pipe(
        mergeMap((incident) => this.board.shown([incident], Date.now())),
        map((data): StreamMessage => ({ type: 'alert', data })),
      ),
      this.incidents.newValues.pipe(map((values): StreamMessage => ({ type: 'values', data: { values } }))),
      interval(PING_MS).pipe(map((): StreamMessage => ({ type: 'ping', data: {} }))),
    ).pipe(takeUntil(stopping));
  }
}
