import { parseArgs } from 'node:util';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { z } from 'zod';
import { type Level, Log, logLevels } from './log.js';
import { describeSettings, loadSettings, SettingsError, type SettingsSchema } from './settings.js';

/** When a service stops, whatever is still open after this time is left behind. */
const STOP_LIMIT_MS = 10_000;

/** Settings that every service has. */
export const commonSettings = {
  LOG_LEVEL: z.enum(logLevels).prefault('info').describe('error, warn, info or debug'),
  NO_COLOR: z.string().optional().describe('Any value: no colours'),
};

/** An expected reason not to start, shown as one sentence without a stack. */
export class StartError extends Error {
  override name = 'StartError';
}

export interface Service<Schema extends SettingsSchema> {
  name: string;
  about: string;
  settings: Schema;
  /** Starts the service; whatever it opens is closed by Nest's shutdown hooks. */
  start: (settings: z.infer<Schema>, log: Log) => Promise<INestApplicationContext>;
  /** What SIGHUP does with these settings. Without it, SIGHUP ends the service as SIGTERM does. */
  reload?: (settings: z.infer<Schema>) => ((app: INestApplicationContext) => void) | undefined;
  /** Mends what keeps it from starting; resolves with what was done, a sentence each. For `--repair`. */
  repair?: (settings: z.infer<Schema>) => Promise<string[]>;
  /** Why a running instance doesn't work, or undefined if it does. For `--health`. */
  health: (settings: z.infer<Schema>) => Promise<string | undefined>;
}

/**
 * The life of a process of ours: arguments, settings, start, signals. All problems of the settings are printed together
 * and end it with status 1 before anything is opened; Ctrl-C and SIGTERM end it with 0.
 */
export async function runService<Schema extends SettingsSchema>(service: Service<Schema>): Promise<void> {
  const flags = readFlags(service);
  let settings: z.infer<Schema>;
  try {
    settings = loadSettings(service.settings);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    fail(`${service.name} is not configured right:\n  ${error.problems.join('\n  ')}\nSee docs/config.md, or --help.`);
  }
  if (flags.health) {
    const problem = await service.health(settings).catch((error: unknown) => String(error));
    process.stdout.write(`${problem ?? 'ok'}\n`);
    process.exit(problem === undefined ? 0 : 1);
  }
  if (flags.repair) await repair(service, settings);
  const log = new Log(service.name, flags.debug ? 'debug' : (settings['LOG_LEVEL'] as Level));
  Logger.overrideLogger(log);
  const reload = service.reload?.(settings);
  const ends = reload ? endSignals.filter((signal) => signal !== 'SIGHUP') : endSignals;
  limitShutdown(log, ends);
  let running: INestApplicationContext | undefined;
  if (reload) process.on('SIGHUP', () => running && reload(running));
  try {
    const app = await service.start(settings, log);
    app.enableShutdownHooks(reload ? ends : undefined, { useProcessExit: true });
    running = app;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    log.error(error.message);
    process.exit(1);
  }
}

async function repair<Schema extends SettingsSchema>(service: Service<Schema>, settings: z.infer<Schema>) {
  try {
    const sentences = (await service.repair?.(settings)) ?? [];
    process.stdout.write(`${sentences.join('\n')}\n`);
    process.exit(0);
  } catch (error) {
    fail(`${service.name}: ${(error as Error).message}`);
  }
}

function readFlags<Schema extends SettingsSchema>(service: Service<Schema>) {
  try {
    const { values } = parseArgs({
      options: {
        help: { type: 'boolean', short: 'h' },
        health: { type: 'boolean' },
        debug: { type: 'boolean' },
        ...(service.repair ? { repair: { type: 'boolean' as const } } : {}),
      },
    });
    if (values.help) {
      process.stdout.write(helpText(service));
      process.exit(0);
    }
    return values;
  } catch (error) {
    return fail(`${service.name}: ${(error as Error).message.split('\n')[0]} Try --help.`, 2);
  }
}

function helpText<Schema extends SettingsSchema>(service: Service<Schema>): string {
  const rows = describeSettings(service.settings).map(
    (row) => `  ${row.name}\n      ${row.help}${row.default ? ` (default ${row.default})` : ''}`,
  );
  return `${service.name}: ${service.about}

Options
  --debug    log at level debug
  --health   exit 0 where the running instance is well, 1 with the reason where it is not
${service.repair ? '  --repair   mend what keeps it from starting, say what was done, and exit\n' : ''}  --help     this text

Environment (a .env file in the working folder is read too)
${rows.join('\n')}
`;
}

function fail(text: string, status = 1): never {
  process.stderr.write(`${text}\n`);
  process.exit(status);
}

const endSignals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

function limitShutdown(log: Log, signals: NodeJS.Signals[]): void {
  for (const signal of signals) {
    process.once(signal, () => {
      setTimeout(() => {
        log.error(`Stopping took over ${STOP_LIMIT_MS / 1000} s; leaving what is still open`);
        process.exit(1);
      }, STOP_LIMIT_MS).unref();
    });
  }
}
