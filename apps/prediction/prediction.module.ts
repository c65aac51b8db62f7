import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Log, MetricsServer, tlsPairOf } from '#runtime';
import { DEFAULT_PORT, SETTINGS, type PredictionSettings } from './prediction.config.js';
import { PredictionLoop } from './prediction.loop.js';

@Module({})
export class PredictionModule {
  static register(settings: PredictionSettings, log: Log): DynamicModule {
    const metrics = (loop: PredictionLoop) =>
      new MetricsServer({
        host: settings.AMBERWATCH_METRICS_HOST,
        allowedHosts: settings.AMBERWATCH_ALLOWED_HOSTS,
        port: settings.AMBERWATCH_PREDICTION_PORT,
        defaultPort: DEFAULT_PORT,
        variable: 'AMBERWATCH_PREDICTION_PORT',
        tls: tlsPairOf(settings),
        readings: loop.readings(),
      });
    return {
      module: PredictionModule,
      imports: [ScheduleModule.forRoot()],
      providers: [
        PredictionLoop,
        { provide: MetricsServer, useFactory: metrics, inject: [PredictionLoop] },
        { provide: SETTINGS, useValue: settings },
        { provide: Log, useValue: log },
      ],
    };
  }
}
