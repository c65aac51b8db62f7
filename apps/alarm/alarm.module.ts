import { randomUUID } from 'node:crypto';
import {
  type DynamicModule,
  Inject,
  Injectable,
  Module,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { AlarmEngine, defaultRules } from '#domain';
import { AmberwatchClient } from '#client';
import { Log, wantsColor } from '#runtime';
import type { AlarmSettings } from './alarm.config.js';
import { AlarmLoop } from './alarm.loop.js';

@Injectable()
class AlarmService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(@Inject(AlarmLoop) private readonly loop: AlarmLoop) {}

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }
}

export function clientOf(settings: AlarmSettings): AmberwatchClient {
  return new AmberwatchClient({
    baseUrl: settings.AMBERWATCH_SERVER_URL,
    token: settings.AMBERWATCH_TOKEN,
    timeoutMs: 8_000,
  });
}

@Module({})
export class AlarmModule {
  static with(settings: AlarmSettings, log: Log, version: string): DynamicModule {
    const loop = (registry: SchedulerRegistry) =>
      new AlarmLoop({
        client: clientOf(settings),
        engine: new AlarmEngine({ rules: defaultRules, newId: randomUUID }),
        log,
        version,
        print: (line) => void process.stdout.write(line),
        coloured: wantsColor(),
        registry,
      });
    return {
      module: AlarmModule,
      imports: [ScheduleModule.forRoot()],
      providers: [{ provide: AlarmLoop, useFactory: loop, inject: [SchedulerRegistry] }, AlarmService],
    };
  }
}
