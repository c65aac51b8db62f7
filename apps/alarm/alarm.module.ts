import { randomUUID } from 'node:crypto';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { AlarmEngine } from '#alarm';
import { AmberwatchClient } from '#client';
import { type Log, VERSION, wantsColor } from '#runtime';
import type { AlarmSettings } from './alarm.config.js';
import { AlarmLoop } from './alarm.loop.js';
import { openChannels } from './channels.js';
import { RulesFile } from './rules-file.js';

/** The alarm as Nest starts and stops it. */
@Injectable()
export class AlarmService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(AlarmLoop) private readonly loop: AlarmLoop,
    @Inject(RulesFile) private readonly rules: RulesFile,
  ) {}

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }

  reloadRules(): void {
    const rules = this.rules.reload();
    if (rules) this.loop.setRules(rules);
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
  /** @throws StartError where rules, channels or the outbox are not right */
  static with(settings: AlarmSettings, log: Log): DynamicModule {
    const file = new RulesFile(settings.AMBERWATCH_RULES, log);
    const engine = new AlarmEngine({ rules: file.load(), newId: randomUUID });
    const dispatcher = openChannels(settings, log, Date.now);
    const loop = (registry: SchedulerRegistry) =>
      new AlarmLoop({
        client: clientOf(settings),
        engine,
        dispatcher,
        log,
        version: VERSION,
        print: (line) => void process.stdout.write(line),
        coloured: wantsColor(),
        registry,
      });
    return {
      module: AlarmModule,
      imports: [ScheduleModule.forRoot()],
      providers: [
        { provide: AlarmLoop, useFactory: loop, inject: [SchedulerRegistry] },
        { provide: RulesFile, useValue: file },
        AlarmService,
      ],
    };
  }
}
