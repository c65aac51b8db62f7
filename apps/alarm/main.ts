import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ruleFile } from '#alarm';
import { trustProblems } from '#client';
import { runService, tlsProblems, yamlFileProblems } from '#runtime';
import { alarmSettings } from './alarm.config.js';
import { AlarmLoop } from './alarm.loop.js';
import { AlarmModule, clientOf } from './alarm.module.js';
import { channelFile } from './notifiers/presets/template.js';

await runService({
  name: 'alarm',
  about: 'judges samples and forecasts, and says what turns RED, AMBER and GREEN.',
  settings: alarmSettings,
  check: (environment) => [
    ...yamlFileProblems(ruleFile, 'rules', environment['AMBERWATCH_RULES']),
    ...yamlFileProblems(channelFile, 'channels', environment['AMBERWATCH_CHANNELS']),
    ...tlsProblems(environment),
    ...trustProblems(environment),
  ],
  start: async (settings, log) =>
    NestFactory.createApplicationContext(AlarmModule.register(settings, log), { abortOnError: false }),
  reload: ({ AMBERWATCH_RULES }) =>
    AMBERWATCH_RULES === undefined ? undefined : (app) => app.get(AlarmLoop).reloadRules(),
  health: async (settings) => {
    const { services } = await clientOf(settings).heartbeats();
    const status = services.find(({ service }) => service === 'alarm')?.status ?? 'silent';
    return status === 'silent' ? 'the alarm is silent' : undefined;
  },
});
