import { Module } from '@nestjs/common';
import { HostMetricsController } from './host-metrics.controller.js';
import { HostClocks } from './host-clocks.js';
import { HostRegistry } from './host-registry.js';
import { Instances } from './instances.js';
import { ServiceRules } from './service-rules.js';

/** Every host, what it uses now, and the machine that it is. */
@Module({
  controllers: [HostMetricsController],
  providers: [HostClocks, HostRegistry, Instances, ServiceRules],
  exports: [HostClocks, HostRegistry, Instances],
})
export class HostsModule {}
