import { Module } from '@nestjs/common';
import { ControlModule } from '../control/control.module.js';
import { HostsModule } from '../hosts/hosts.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { AlertsController } from './alerts.controller.js';
import { CalibrationController } from './calibration.controller.js';
import { ForecastBoard } from './forecast-board.js';
import { Heartbeats } from './heartbeats.js';
import { Incidents } from './incidents.js';
import { StreamController } from './stream.controller.js';

/** What alarm and prediction found, and whether they are there. */
@Module({
  imports: [ControlModule, HostsModule, UsageModule],
  controllers: [AlertsController, CalibrationController, StreamController],
  providers: [ForecastBoard, Heartbeats, Incidents],
  exports: [Incidents],
})
export class AlertsModule {}
