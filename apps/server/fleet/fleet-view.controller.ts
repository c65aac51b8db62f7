import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FleetQuery, fleetQuery, type FleetView, fleetView, routes } from '#domain';
import { Returns } from '../http/returns.decorator.js';
import { FleetBoard } from './fleet-board.js';

@ApiTags('hosts')
@Controller()
export class FleetViewController {
  constructor(private readonly board: FleetBoard) {}

  @Get(routes.fleet)
  @Returns(fleetView, 'The fleet at a glance: the first hosts of an order, and the services that they belong to')
  view(@Query({ schema: fleetQuery }) query: FleetQuery): FleetView {
    return this.board.view(query, Date.now());
  }
}
