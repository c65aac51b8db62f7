import { Module } from '@nestjs/common';
import { AlertsModule } from '../alerts/alerts.module.js';
import { NotifyTestsController } from './notify-tests.controller.js';
import { NotifyTests } from './notify-tests.js';
import { SilencesController } from './silences.controller.js';
import { Silences } from './silences.js';

/** What keeps alerts quiet, and trying out whether they are heard. */
@Module({
  imports: [AlertsModule],
  controllers: [SilencesController, NotifyTestsController],
  providers: [Silences, NotifyTests],
})
export class SilencesModule {}
