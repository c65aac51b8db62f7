import { Module } from '@nestjs/common';
import { ControlModule } from '../control/control.module.js';
import { HostsModule } from '../hosts/hosts.module.js';
import { SilencesModule } from '../silences/silences.module.js';
import { TokensModule } from '../tokens/tokens.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { AlertBoard } from './alert-board.js';
import { AlertsController } from './alerts.controller.js';
import { CalibrationController } from './calibration.controller.js';
import { ForecastBoard } from './forecast-board.js';
import { ForecastLimitsController } from './forecast-limits.controller.js';
import { Heartbeats } from './heartbeats.js';
import { Incidents } from './incidents.js';
import { SilencesController } from './silences.controller.js';
import { Sight } from './sight.js';
import { StreamController } from './stream.controller.js';

/** What alarm and prediction found, who keeps it quiet, and whether they are there. */
@Module({
  imports: [ControlModule, HostsModule, SilencesModule, TokensModule, UsageModule],
  controllers: [
    AlertsController,
    CalibrationController,
    ForecastLimitsController,
    SilencesController,
    StreamController,
  ],
  providers: [AlertBoard, ForecastBoard, Heartbeats, Incidents, Sight],
  exports: [AlertBoard, Heartbeats, Incidents, Sight],
})
export class AlertsModule {}
