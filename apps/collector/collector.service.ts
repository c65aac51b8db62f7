import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { runService } from '#runtime';
import { collectorSettings, DEFAULT_CONTROL_PORT } from './collector.config.js';
import { Collector, CollectorModule } from './collector.module.js';

await runService({
  name: 'amberwatch-collector',
  about: 'samples every process of this host and sends the samples to the server',
  settings: collectorSettings,
  start: async (settings, log) => {
    const app = await NestFactory.createApplicationContext(CollectorModule.forRoot(settings, log), {
      abortOnError: false,
    });
    await app.get(Collector).start();
    return app;
  },
  health: async (settings) => {
    const port = settings.AMBERWATCH_CONTROL_PORT ?? DEFAULT_CONTROL_PORT;
    const response = await fetch(`http://127.0.0.1:${port}/health/live`, { signal: AbortSignal.timeout(5_000) });
    const { service } = (await response.json()) as { service?: unknown };
    return service === 'amberwatch-collector' ? undefined : `port ${port} belongs to another program`;
  },
});
