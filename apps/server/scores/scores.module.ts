import { Module } from '@nestjs/common';
import { ScoresController } from './scores.controller.js';
import { Scores } from './scores.js';

/** How the predictions turned out. */
@Module({ controllers: [ScoresController], providers: [Scores] })
export class ScoresModule {}
