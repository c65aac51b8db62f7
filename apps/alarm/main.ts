import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { runService } from '#runtime';
import { alarmSettings } from './alarm.config.js';
import { AlarmModule, clientOf } from './alarm.module.js';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

// A reader of the console that goes away must not take the alarm along.
process.stdout.on('error', () => undefined);

await runService({
  name: 'alarm',
  about: 'judges samples and forecasts, and says what turns RED, AMBER and GREEN.',
  settings: alarmSettings,
  start: (settings, log) =>
    NestFactory.createApplicationContext(AlarmModule.with(settings, log, version), {
      abortOnError: false,
      logger: ['error', 'warn', 'fatal'],
    }),
  health: async (settings) => {
    const { services } = await clientOf(settings).heartbeats();
    const status = services.find(({ service }) => service === 'alarm')?.status ?? 'silent';
    return status === 'silent' ? 'the alarm is silent' : undefined;
  },
});
