import { Module } from '@nestjs/common';
import { HostsModule } from '../hosts/hosts.module.js';
import { ControlController } from './control.controller.js';
import { ControlOrders } from './control-orders.js';

/** Pause, resume, stop and change what runs elsewhere. */
@Module({
  imports: [HostsModule],
  controllers: [ControlController],
  providers: [ControlOrders],
  exports: [ControlOrders],
})
export class ControlModule {}
