import { Controller, Get, Header, Inject, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ENVIRONMENT_TOKEN, routes, type Setup, setup } from '#domain';
import { Heartbeats } from '../alerts/heartbeats.js';
import { HostRegistry } from '../hosts/host-registry.js';
import { Callers } from '../session/callers.js';
import { Returns } from '../http/returns.decorator.js';
import { cameByTls } from '../http/session-cookie.js';
import { SETTINGS, type ServerSettings } from '../server.config.js';
import { NotifyTests } from '../silences/notify-tests.js';
import { connectNext } from './connect.js';
import { setupSteps } from './setup-steps.js';

@ApiTags('operation')
@Controller()
export class SetupController {
  constructor(
    private readonly hosts: HostRegistry,
    private readonly heartbeats: Heartbeats,
    private readonly tests: NotifyTests,
    private readonly callers: Callers,
    @Inject(SETTINGS) private readonly settings: ServerSettings,
  ) {}

  @Get(routes.setup)
  @Header('cache-control', 'no-store')
  @Returns(setup, 'What a new installation has and is still waiting for, and how the next host is connected')
  async read(@Req() request: FastifyRequest): Promise<Setup> {
    const nowMs = Date.now();
    const { AMBERWATCH_HOST: listens, AMBERWATCH_TOKEN: token } = this.settings;
    const caller = await this.callers.identify(request);
    // Other tokens can be revoked or end by themselves; whoever has one must not be told the one that can't.
    const isKnown = 'rights' in caller && caller.rights.id === ENVIRONMENT_TOKEN;
    return {
      steps: setupSteps({
        hosts: this.hosts.all(nowMs),
        services: this.heartbeats.list(nowMs),
        channelHeard: this.tests.wasHeard,
      }),
      connect: connectNext({
        listens,
        port: request.socket.localPort ?? this.settings.AMBERWATCH_PORT,
        scheme: cameByTls(request) ? 'https' : 'http',
        host: request.headers.host,
        ...(token !== undefined && { token: isKnown ? { shown: token } : {} }),
      }),
    };
  }
}
