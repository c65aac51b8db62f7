import { Module } from '@nestjs/common';
import { ControlModule } from '../control/control.module.js';
import { HostsModule } from '../hosts/hosts.module.js';
import { OperationModule } from '../operation/operation.module.js';
import { ChangesController } from './changes.controller.js';
import { HostProcessesController } from './host-processes.controller.js';
import { Ingest } from './ingest.js';
import { OriginalController } from './original.controller.js';
import { RankingController } from './ranking.controller.js';
import { Retention } from './retention.js';
import { SampleFeed } from './sample-feed.js';
import { SamplesController } from './samples.controller.js';
import { UnitsController } from './units.controller.js';
import { UsageController } from './usage.controller.js';

/** Samples: taken in, followed, and asked for. */
@Module({
  imports: [ControlModule, HostsModule, OperationModule],
  controllers: [
    OriginalController,
    SamplesController,
    UnitsController,
    UsageController,
    HostProcessesController,
    RankingController,
    ChangesController,
  ],
  providers: [Ingest, SampleFeed, Retention],
  exports: [Ingest, SampleFeed],
})
export class UsageModule {}
