import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { StoreModule } from '#store';
import { AlertsController } from './alerts/alerts.controller.js';
import { CalibrationController } from './alerts/calibration.controller.js';
import { ForecastBoard } from './alerts/forecast-board.js';
import { Heartbeats } from './alerts/heartbeats.js';
import { Incidents } from './alerts/incidents.js';
import { StreamController } from './alerts/stream.controller.js';
import { DashboardController } from './dashboard/dashboard.controller.js';
import { fleetControllers, fleetProviders } from './fleet/fleet.parts.js';
import { HealthController } from './operation/health.controller.js';
import { HostRegistry } from './hosts/host-registry.js';
import { HostsController } from './hosts/hosts.controller.js';
import { ErrorFilter } from './http/error.filter.js';
import { SchemaPipe } from './http/schema.pipe.js';
import { TokenGuard } from './http/token.guard.js';
import { MetricsController } from './operation/metrics.controller.js';
import { ServerMetrics } from './operation/server-metrics.js';
import { scoresControllers, scoresProviders } from './scores/scores.parts.js';
import { silencesControllers, silencesProviders } from './silences/silences.parts.js';
import { SETTINGS, type ServerSettings } from './server.config.js';
import { Ingest } from './usage/ingest.js';
import { OriginalController } from './usage/original.controller.js';
import { Retention } from './usage/retention.js';
import { SampleFeed } from './usage/sample-feed.js';
import { SamplesController } from './usage/samples.controller.js';
import { UsageController } from './usage/usage.controller.js';

@Module({
  controllers: [
    OriginalController,
    SamplesController,
    UsageController,
    HostsController,
    AlertsController,
    CalibrationController,
    StreamController,
    HealthController,
    MetricsController,
    DashboardController,
    ...fleetControllers,
    ...scoresControllers,
    ...silencesControllers,
  ],
  providers: [
    Ingest,
    SampleFeed,
    Retention,
    HostRegistry,
    Incidents,
    ForecastBoard,
    Heartbeats,
    ServerMetrics,
    ...fleetProviders,
    ...scoresProviders,
    ...silencesProviders,
    { provide: APP_GUARD, useClass: TokenGuard },
    { provide: APP_PIPE, useClass: SchemaPipe },
    { provide: APP_FILTER, useClass: ErrorFilter },
  ],
})
export class ServerModule {
  static register(settings: ServerSettings): DynamicModule {
    return {
      module: ServerModule,
      imports: [
        ScheduleModule.forRoot(),
        StoreModule.register({ folder: settings.AMBERWATCH_DATA, influx: influxOf(settings) }),
      ],
      providers: [{ provide: SETTINGS, useValue: settings }],
    };
  }
}

function influxOf(settings: ServerSettings) {
  if (settings.INFLUX_URL === undefined) return undefined;
  return {
    url: settings.INFLUX_URL,
    token: settings.INFLUX_TOKEN ?? '',
    org: settings.INFLUX_ORG,
    bucket: settings.INFLUX_BUCKET,
    retentionSeconds: settings.AMBERWATCH_RETENTION / 1000,
  };
}
