import { Module } from '@nestjs/common';
import { AlertsModule } from '../alerts/alerts.module.js';
import { ControlModule } from '../control/control.module.js';
import { HostsModule } from '../hosts/hosts.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { FleetBoard } from './fleet-board.js';
import { FleetViewController } from './fleet-view.controller.js';
import { FleetController } from './fleet.controller.js';
import { ForgetController } from './forget.controller.js';
import { Forgetting } from './forgetting.js';
import { HostsController } from './hosts.controller.js';

/** The routes of the older fleet systems, the hosts with their colours, and taking hosts away. */
@Module({
  imports: [AlertsModule, ControlModule, HostsModule, UsageModule],
  controllers: [HostsController, FleetViewController, ForgetController, FleetController],
  providers: [FleetBoard, Forgetting],
})
export class FleetModule {}
