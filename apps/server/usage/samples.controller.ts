import type { Socket } from 'node:net';
import { Body, Controller, Get, Header, HttpCode, Put, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { accepted, routes, sampleBatch, sampleFeed, type Accepted, type SampleBatch } from '#domain';
import { z } from 'zod';
import { Needs } from '../http/needs.decorator.js';
import { checkMayWrite } from '../http/request-rights.js';
import { Documents, Returns } from '../http/returns.decorator.js';
import { ControlOrders } from '../control/control-orders.js';
import { Ingest } from './ingest.js';
import { SampleFeed } from './sample-feed.js';

const feedQuery = z.strictObject({
  after: z
    .string()
    .max(64)
    .optional()
    .describe('Cursor of the answer before; left out: nothing but the newest cursor, at once'),
  wait: z.coerce.number().min(0).max(20).default(20).describe('Seconds to wait for news'),
  forecasts: z.coerce.number().int().optional().describe('Forecast version that the reader knows; a newer one is news'),
});

@ApiTags('samples')
@Controller()
export class SamplesController {
  constructor(
    private readonly ingest: Ingest,
    private readonly feed: SampleFeed,
    private readonly orders: ControlOrders,
  ) {}

  @Put(routes.samples)
  @Needs('write')
  @HttpCode(200)
  @Returns(accepted, 'Every sample is stored')
  async put(@Body({ schema: sampleBatch }) batch: SampleBatch, @Req() request: FastifyRequest): Promise<Accepted> {
    checkMayWrite(request, batch.host);
    const taken = await this.ingest.take(batch.id, [batch]);
    const control = this.orders.pendingOf(batch.host);
    return { ...taken, serverTime: new Date().toISOString(), ...(control && { control }) };
  }

  @Get(routes.samples)
  @Header('content-type', 'application/json; charset=utf-8')
  @Documents(sampleFeed, 'What was accepted since the cursor, in order of acceptance')
  async follow(
    @Query({ schema: feedQuery }) query: z.infer<typeof feedQuery>,
    @Req() request: FastifyRequest,
  ): Promise<string> {
    if (query.after === undefined) return this.reply({ cursor: this.feed.newest, batches: [] });
    const known = query.forecasts ?? this.feed.forecastVersion;
    let page = this.feed.after(query.after);
    if (page.batches.length === 0 && known === this.feed.forecastVersion) {
      await this.waitForNews(query.wait * 1000, request.raw.socket);
      page = this.feed.after(query.after);
    }
    return this.reply(page);
  }

  private async waitForNews(ms: number, socket: Socket): Promise<void> {
    const gone = new AbortController();
    const abort = () => gone.abort();
    socket.once('close', abort);
    await this.feed.wait(ms, gone.signal);
    socket.off('close', abort);
  }

  /** The batches are JSON already, the same text for every reader. */
  private reply({ cursor, batches }: { cursor: string; batches: string[] }): string {
    return `{"cursor":"${cursor}","forecastVersion":${this.feed.forecastVersion},"batches":[${batches.join(',')}]}`;
  }
}
