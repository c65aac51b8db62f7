import { Module } from '@nestjs/common';
import { AlertsModule } from '../alerts/alerts.module.js';
import { HostsModule } from '../hosts/hosts.module.js';
import { SessionModule } from '../session/session.module.js';
import { SilencesModule } from '../silences/silences.module.js';
import { SetupController } from './setup.controller.js';

/** What somebody who starts with Amberwatch is told. */
@Module({ imports: [AlertsModule, HostsModule, SessionModule, SilencesModule], controllers: [SetupController] })
export class SetupModule {}
