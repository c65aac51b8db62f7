import { Module } from '@nestjs/common';
import { PageController } from '../dashboard/page.controller.js';
import { HealthController } from './health.controller.js';
import { MetricsController } from './metrics.controller.js';
import { ServerMetrics } from './server-metrics.js';

/** What those who run the server look at. */
@Module({
  controllers: [HealthController, MetricsController, PageController],
  providers: [ServerMetrics],
  exports: [ServerMetrics],
})
export class OperationModule {}
