import { Controller, Delete, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CodedError, hostName, routes } from '#domain';
import { HostRegistry } from '../hosts/host-registry.js';
import { ReturnsNothing } from '../http/returns.decorator.js';
import { Forgetting } from './forgetting.js';

@ApiTags('hosts')
@Controller()
export class ForgetController {
  constructor(
    private readonly hosts: HostRegistry,
    private readonly forgetting: Forgetting,
  ) {}

  @Delete(routes.host)
  @ReturnsNothing('The host is forgotten until it sends again; its alerts end, its history stays')
  forget(@Param('host', { schema: hostName }) name: string): Promise<void> {
    const host = this.hosts.resolve(name);
    if (host === undefined) throw new CodedError('NOT_FOUND', `No host "${name}" ever reported.`);
    return this.forgetting.forget(host, Date.now());
  }
}
