import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { trustProblems } from '#client';
import { openDataFolder, runService, tlsProblems } from '#runtime';
import { predictionSettings } from './prediction.config.js';
import { clientOf } from './prediction.loop.js';
import { PredictionModule } from './prediction.module.js';

await runService({
  name: 'prediction',
  about: 'follows the samples and tells the server which limits are going to be broken',
  settings: predictionSettings,
  check: (environment) => [...tlsProblems(environment), ...trustProblems(environment)],
  async start(settings, log) {
    const warning = openDataFolder(settings.AMBERWATCH_DATA, 'prediction starts over after a restart');
    if (warning) log.warn(warning);
    const app = await NestFactory.createApplicationContext(PredictionModule.register(settings, log), {
      abortOnError: false,
    });
    log.log(`Prediction is up and asks the server at ${settings.AMBERWATCH_SERVER_URL}`);
    return app;
  },
  async health(settings) {
    const { services } = await clientOf(settings).heartbeats();
    const status = services.find(({ service }) => service === 'prediction')?.status ?? 'unknown';
    return status === 'silent' || status === 'unknown' ? `prediction is ${status}` : undefined;
  },
});
