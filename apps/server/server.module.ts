import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { StoreModule } from '#store';
import { AlertsModule } from './alerts/alerts.module.js';
import { ControlModule } from './control/control.module.js';
import { FleetModule } from './fleet/fleet.module.js';
import { HostsModule } from './hosts/hosts.module.js';
import { ErrorFilter } from './http/error.filter.js';
import { SchemaPipe } from './http/schema.pipe.js';
import { OperationModule } from './operation/operation.module.js';
import { ServerMetrics } from './operation/server-metrics.js';
import { ScoresModule } from './scores/scores.module.js';
import type { ServerSettings } from './server.config.js';
import { SessionModule } from './session/session.module.js';
import { SetupModule } from './setup/setup.module.js';
import { SettingsModule } from './settings.module.js';
import { SilencesModule } from './silences/silences.module.js';
import { TokensModule } from './tokens/tokens.module.js';
import { UsageModule } from './usage/usage.module.js';

/**
 * One module a feature, and none imports itself by way of another. The fleet's `GET /:address` takes any name, so that
 * module is the last.
 */
@Module({
  providers: [
    {
      provide: APP_PIPE,
      inject: [ServerMetrics],
      useFactory: (metrics: ServerMetrics) => new SchemaPipe((leftOut) => metrics.unknownKeys.inc(leftOut)),
    },
    { provide: APP_FILTER, useClass: ErrorFilter },
  ],
})
export class ServerModule {
  static register(settings: ServerSettings): DynamicModule {
    return {
      module: ServerModule,
      imports: [
        ScheduleModule.forRoot(),
        SettingsModule.register(settings),
        StoreModule.register({
          folder: settings.AMBERWATCH_DATA,
          retentionSeconds: settings.AMBERWATCH_RETENTION / 1000,
          repair: settings.AMBERWATCH_REPAIR,
          influx: influxOf(settings),
        }),
        TokensModule,
        SessionModule,
        OperationModule,
        HostsModule,
        ControlModule,
        UsageModule,
        AlertsModule,
        SilencesModule,
        ScoresModule,
        SetupModule,
        FleetModule,
      ],
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
  };
}
