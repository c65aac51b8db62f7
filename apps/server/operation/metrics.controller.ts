import { Controller, Get, Header } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { routes } from '#domain';
import { DocumentsText } from '../http/returns.decorator.js';
import { ServerMetrics } from './server-metrics.js';

@ApiTags('operation')
@Controller()
export class MetricsController {
  constructor(private readonly metrics: ServerMetrics) {}

  @Get(routes.metrics)
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  @DocumentsText('text/plain', 'Metrics of the server itself, as Prometheus reads them')
  text(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
