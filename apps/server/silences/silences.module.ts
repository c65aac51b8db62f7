import { Module } from '@nestjs/common';
import { NotifyTestsController } from './notify-tests.controller.js';
import { NotifyTests } from './notify-tests.js';
import { Silences } from './silences.js';

/** What keeps alerts quiet, and trying out whether they are heard. */
@Module({
  controllers: [NotifyTestsController],
  providers: [Silences, NotifyTests],
  exports: [NotifyTests, Silences],
})
export class SilencesModule {}
