import { Module } from '@nestjs/common';
import { HostsModule } from '../hosts/hosts.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { FleetController } from './fleet.controller.js';

/** The routes of the older fleet systems. */
@Module({ imports: [HostsModule, UsageModule], controllers: [FleetController] })
export class FleetModule {}
