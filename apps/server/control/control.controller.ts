import { Body, Controller, Get, HttpCode, Param, Post, Put, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import {
  CodedError,
  controlAnswer,
  controlChanges,
  controlChangesQuery,
  controlReport,
  controlRequest,
  controlState,
  heartbeatService,
  hostName,
  routes,
  type ControlAnswer,
  type ControlChanges,
  type ControlReport,
  type ControlRequest,
  type ControlState,
  type HeartbeatService,
} from '#domain';
import type { z } from 'zod';
import { HostRegistry } from '../hosts/host-registry.js';
import { Needs } from '../http/needs.decorator.js';
import { checkMayWrite, mayWriteFor } from '../http/request-rights.js';
import { Returns } from '../http/returns.decorator.js';
import { ControlOrders } from './control-orders.js';
import { Instances } from '../hosts/instances.js';

/** Pause, resume, stop and change what runs elsewhere; it is picked up there, so no port needs to be open on a host. */
@ApiTags('control')
@Controller()
export class ControlController {
  constructor(
    private readonly orders: ControlOrders,
    private readonly hosts: HostRegistry,
    private readonly instances: Instances,
  ) {}

  @Post(routes.hostControl)
  @HttpCode(200)
  @Returns(controlState, 'The order is kept, and handed over with the answer to the next batch')
  controlHost(
    @Param('host', { schema: hostName }) name: string,
    @Body({ schema: controlRequest }) body: ControlRequest,
    @Req() request: FastifyRequest,
  ): Promise<ControlState> {
    const host = this.hosts.resolve(name);
    if (host === undefined) throw new CodedError('NOT_FOUND', `No host "${name}" ever reported.`);
    return this.orders.give('host', host, body, callerOf(request, body), Date.now());
  }

  @Get(routes.hostControl)
  @Returns(controlState, 'What is wanted of the host, and what it says it does')
  hostState(@Param('host', { schema: hostName }) name: string): ControlState {
    return this.orders.stateOf('host', this.hosts.resolve(name) ?? name);
  }

  @Put(routes.hostControl)
  @Needs('write')
  @HttpCode(200)
  @Returns(controlAnswer, 'An order that the collector has not carried out yet')
  async reportHost(
    @Param('host', { schema: hostName }) host: string,
    @Body({ schema: controlReport }) report: ControlReport,
    @Req() request: FastifyRequest,
  ): Promise<ControlAnswer> {
    const nowMs = Date.now();
    checkMayWrite(request, host);
    await this.instances.saw({
      host,
      metadata: report.metadata ?? {},
      address: request.ip,
      mayWriteFor: (other) => mayWriteFor(request, other),
      nowMs,
    });
    this.hosts.reported(host, report.status, nowMs);
    return this.orders.report('host', host, report, nowMs);
  }

  @Post(routes.serviceControl)
  @HttpCode(200)
  @Returns(controlState, 'The order is kept, and handed over with the next poll of the service')
  controlService(
    @Param('service', { schema: heartbeatService }) service: HeartbeatService,
    @Body({ schema: controlRequest }) body: ControlRequest,
    @Req() request: FastifyRequest,
  ): Promise<ControlState> {
    return this.orders.give('service', service, body, callerOf(request, body), Date.now());
  }

  @Get(routes.serviceControl)
  @Returns(controlState, 'What is wanted of the service, and what it says it does')
  serviceState(@Param('service', { schema: heartbeatService }) service: HeartbeatService): ControlState {
    return this.orders.stateOf('service', service);
  }

  @Put(routes.serviceControl)
  @HttpCode(200)
  @Returns(controlAnswer, 'An order that the service has not carried out yet')
  reportService(
    @Param('service', { schema: heartbeatService }) service: HeartbeatService,
    @Body({ schema: controlReport }) report: ControlReport,
  ): Promise<ControlAnswer> {
    return this.orders.report('service', service, report, Date.now());
  }

  @Get(routes.controlChanges)
  @Returns(controlChanges, 'Who changed what and when, the newest first')
  async changes(
    @Query({ schema: controlChangesQuery }) query: z.infer<typeof controlChangesQuery>,
  ): Promise<ControlChanges> {
    return { changes: await this.orders.changes(query, Date.now()) };
  }
}

/** There is one token for all, so a caller is known by its address and by what it says of itself. */
function callerOf(request: FastifyRequest, { by }: ControlRequest): string {
  return by === undefined ? request.ip : `${by} (${request.ip})`;
}
