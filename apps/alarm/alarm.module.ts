import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type DynamicModule, Module } from '@nestjs/common';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { AlarmEngine } from '#alarm';
import { AmberwatchClient, trustOf } from '#client';
import { type Log, MetricsServer, tlsPairOf, VERSION, wantsColor } from '#runtime';
import { type AlarmSettings, DEFAULT_PORT } from './alarm.config.js';
import { AlarmLoop } from './alarm.loop.js';
import { openChannels } from './channels.js';
import { JudgedMark } from './judged-mark.js';
import { RulesFile } from './rules-file.js';

export function clientOf(settings: AlarmSettings): AmberwatchClient {
  return new AmberwatchClient({
    baseUrl: settings.AMBERWATCH_SERVER_URL,
    token: settings.AMBERWATCH_TOKEN,
    trust: trustOf(settings),
    timeoutMs: 8_000,
  });
}

@Module({})
export class AlarmModule {
  /** @throws StartError where rules, channels or the outbox are not right */
  static register(settings: AlarmSettings, log: Log): DynamicModule {
    const file = new RulesFile(settings.AMBERWATCH_RULES, log);
    const engine = new AlarmEngine({ rules: file.load(), newId: randomUUID });
    const client = clientOf(settings);
    const rules = () => file.current;
    const dispatcher = openChannels(settings, { log, client, rules, judged: engine, now: Date.now });
    file.useChannels(dispatcher.names);
    const loop = (registry: SchedulerRegistry) =>
      new AlarmLoop({
        client,
        engine,
        dispatcher,
        rules: file,
        log,
        mark: new JudgedMark(
          join(settings.AMBERWATCH_DATA, 'alarm', 'judged.json'),
          settings.AMBERWATCH_SERVER_URL,
          log,
        ),
        version: VERSION,
        print: (line) => void process.stdout.write(line),
        coloured: wantsColor(),
        registry,
      });
    const metrics = (running: AlarmLoop) =>
      new MetricsServer({
        host: settings.AMBERWATCH_METRICS_HOST,
        allowedHosts: settings.AMBERWATCH_ALLOWED_HOSTS,
        port: settings.AMBERWATCH_ALARM_PORT,
        defaultPort: DEFAULT_PORT,
        variable: 'AMBERWATCH_ALARM_PORT',
        tls: tlsPairOf(settings),
        readings: running.readings(),
      });
    return {
      module: AlarmModule,
      imports: [ScheduleModule.forRoot()],
      providers: [
        { provide: AlarmLoop, useFactory: loop, inject: [SchedulerRegistry] },
        { provide: MetricsServer, useFactory: metrics, inject: [AlarmLoop] },
      ],
    };
  }
}
