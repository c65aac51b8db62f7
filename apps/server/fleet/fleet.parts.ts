import { ControlController } from '../control/control.controller.js';
import { ControlOrders } from '../control/control-orders.js';
import { FleetController } from './fleet.controller.js';
import { HostMetricsController } from '../hosts/host-metrics.controller.js';
import { Instances } from '../hosts/instances.js';
import { ServiceRules } from '../hosts/service-rules.js';

/** What the server's module takes in for the fleet. */
export const fleetControllers = [ControlController, HostMetricsController, FleetController];
export const fleetProviders = [ControlOrders, Instances, ServiceRules];
