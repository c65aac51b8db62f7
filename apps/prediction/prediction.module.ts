import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Log } from '#runtime';
import { SETTINGS, type PredictionSettings } from './prediction.config.js';
import { PredictionLoop } from './prediction.loop.js';

@Module({})
export class PredictionModule {
  static register(settings: PredictionSettings, log: Log): DynamicModule {
    return {
      module: PredictionModule,
      imports: [ScheduleModule.forRoot()],
      providers: [PredictionLoop, { provide: SETTINGS, useValue: settings }, { provide: Log, useValue: log }],
    };
  }
}
