import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import {
  acknowledgement,
  newSilence,
  routes,
  silence,
  silenceList,
  silencePreview,
  silencePreviewQuery,
  silencesQuery,
  type Acknowledgement,
  type NewSilence,
  type Silence,
  type SilenceList,
  type SilencePreview,
} from '#domain';
import { z } from 'zod';
import { Returns, ReturnsNothing } from '../http/returns.decorator.js';
import { AlertBoard } from './alert-board.js';
import { Incidents } from './incidents.js';
import { Silences } from '../silences/silences.js';

const id = z.string().min(1).max(80);

@ApiTags('alerts')
@Controller()
export class SilencesController {
  constructor(
    private readonly silences: Silences,
    private readonly incidents: Incidents,
    private readonly board: AlertBoard,
  ) {}

  @Get(routes.silences)
  @Returns(silenceList, 'Silences, maintenance windows and acknowledgements, the newest first')
  list(@Query({ schema: silencesQuery }) { state }: z.infer<typeof silencesQuery>): SilenceList {
    return this.silences.list(state, Date.now());
  }

  @Post(routes.silences)
  @HttpCode(200)
  @Returns(silence, 'What it matches is judged and shown, but nobody is notified')
  add(@Body({ schema: newSilence }) body: NewSilence): Promise<Silence> {
    return this.silences.add(body, Date.now());
  }

  @Post(routes.silencePreview)
  @HttpCode(200)
  @Returns(silencePreview, 'The open alerts and the hosts that a silence would match now; nothing is kept')
  preview(@Body({ schema: silencePreviewQuery }) { match }: z.infer<typeof silencePreviewQuery>): SilencePreview {
    return this.board.preview(match, Date.now());
  }

  @Delete(routes.silence)
  @ReturnsNothing('It ends now')
  end(@Param('id', { schema: id }) name: string): Promise<void> {
    return this.silences.end(name, Date.now());
  }

  @Put(routes.acknowledgement)
  @Returns(silence, 'The alert is not repeated; a worse colour is notified all the same')
  acknowledge(
    @Param('id', { schema: id }) name: string,
    @Body({ schema: acknowledgement }) body: Acknowledgement,
  ): Promise<Silence> {
    return this.silences.acknowledge(this.incidents.findOpen(name), body, Date.now());
  }
}
