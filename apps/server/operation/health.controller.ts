import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { routes } from '#domain';
import { StateStore, UsageStore } from '#store';
import { z } from 'zod';
import { Public } from '../http/public.decorator.js';
import { Returns } from '../http/returns.decorator.js';

const health = z.strictObject({ status: z.literal('ok') }).meta({ id: 'Health' });

@ApiTags('operation')
@Controller()
export class HealthController {
  constructor(
    private readonly store: UsageStore,
    private readonly state: StateStore,
  ) {}

  @Get(routes.live)
  @Public()
  @Returns(health, 'The process answers')
  live() {
    return { status: 'ok' };
  }

  @Get(routes.ready)
  @Public()
  @Returns(health, 'The stores answer; 503 where one does not')
  async ready() {
    await Promise.all([this.store.check(), this.state.check()]);
    return { status: 'ok' };
  }
}
