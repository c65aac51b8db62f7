import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { routes, scoreBoard, scoresQuery, type ScoreBoard, type ScoresQuery } from '#domain';
import { Returns } from '../http/returns.decorator.js';
import { Scores } from './scores.js';

@ApiTags('alerts')
@Controller()
export class ScoresController {
  constructor(private readonly scores: Scores) {}

  @Get(routes.scores)
  @Returns(scoreBoard, 'Precision, recall and median lead time of the predictions')
  board(@Query({ schema: scoresQuery }) query: ScoresQuery): Promise<ScoreBoard> {
    return this.scores.board(query, Date.now());
  }
}
