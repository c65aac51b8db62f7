import { ControlController } from './control.controller.js';
import { ControlOrders } from './control-orders.js';
import { FleetController } from './fleet.controller.js';
import { HostMetricsController } from './host-metrics.controller.js';
import { Instances } from './instances.js';
import { ServiceRules } from './service-rules.js';

/** What the server's module takes in for the fleet. */
export const fleetControllers = [ControlController, HostMetricsController, FleetController];
export const fleetProviders = [ControlOrders, Instances, ServiceRules];
