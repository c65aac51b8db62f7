import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { SETTINGS, type PredictionSettings } from './prediction.config.js';
import { PredictionLoop } from './prediction.loop.js';

@Module({})
export class PredictionModule {
  static register(settings: PredictionSettings): DynamicModule {
    return {
      module: PredictionModule,
      imports: [ScheduleModule.forRoot()],
      providers: [PredictionLoop, { provide: SETTINGS, useValue: settings }],
    };
  }
}
