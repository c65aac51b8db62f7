import { Controller, Inject, Sse } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { routes } from '#domain';
import { endWith, ignoreElements, interval, map, merge, type Observable, takeUntil } from 'rxjs';
import { DocumentsText } from '../http/returns.decorator.js';
import { SampleFeed } from '../usage/sample-feed.js';
import { Incidents } from './incidents.js';

/** A line a quarter of a minute keeps proxies from closing a quiet stream. */
const PING_MS = 15_000;

export interface StreamMessage {
  type: 'samples' | 'alert' | 'ping';
  data: object;
}

@ApiTags('live')
@Controller()
export class StreamController {
  constructor(
    @Inject(SampleFeed) private readonly feed: SampleFeed,
    @Inject(Incidents) private readonly incidents: Incidents,
  ) {}

  @Sse(routes.stream)
  @DocumentsText(
    'text/event-stream',
    'Server-sent events: `samples` for each accepted batch (host, time, programs), `alert` for each change of an incident',
  )
  stream(): Observable<StreamMessage> {
    const stopping = this.feed.arrivals.pipe(ignoreElements(), endWith(true));
    return merge(
      this.feed.arrivals.pipe(map((data): StreamMessage => ({ type: 'samples', data }))),
      this.incidents.changes.pipe(map((data): StreamMessage => ({ type: 'alert', data }))),
      interval(PING_MS).pipe(map((): StreamMessage => ({ type: 'ping', data: {} }))),
    ).pipe(takeUntil(stopping));
  }
}
