import { inspect, parseArgs } from 'node:util';
import { type INestApplication, type INestApplicationContext, Logger } from '@nestjs/common';
import { z } from 'zod';
import { type Level, Log, logLevels } from './log.js';
import { hideSecrets, withoutSecrets } from './secrets.js';
import {
  describeSettings,
  type Environment,
  loadSettings,
  readEnvironment,
  SettingsError,
  type SettingsSchema,
} from './settings.js';
import { unknownSettings } from './unknown-settings.js';

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
  /**
   * What else is wrong with the configuration, such as in a file that it names; told together with what is wrong with the
   * settings themselves.
   */
  check?: (environment: Environment) => string[];
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
 * The life of a process of ours: arguments, settings, start, signals. All problems of the configuration are printed together
 * and end it with status 1 before anything is opened; Ctrl-C and SIGTERM end it with 0, also while it starts.
 */
export async function runService<Schema extends SettingsSchema>(service: Service<Schema>): Promise<void> {
  // Whatever is kept is read by this user alone, in whatever folder it lies.
  process.umask(process.umask() | 0o077);
  process.on('uncaughtException', endBy);
  const flags = readFlags(service);
  const { settings, warnings } = configure(service);
  hideSecrets(service.settings, settings);
  if (flags.health) {
    const problem = await service.health(settings).catch((error: unknown) => (error as Error).message);
    process.stdout.write(`${problem ?? 'ok'}\n`);
    process.exit(problem === undefined ? 0 : 1);
  }
  if (flags.repair) await repair(service, settings);
  const log = new Log(service.name, flags.debug ? 'debug' : (settings['LOG_LEVEL'] as Level));
  Logger.overrideLogger(log);
  // A service goes on when whoever reads what it says goes away.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  for (const warning of warnings) log.warn(warning);
  const reload = service.reload?.(settings);
  const ends = reload ? endSignals.filter((signal) => signal !== 'SIGHUP') : endSignals;
  const stop = limitShutdown(log, ends);
  let running: INestApplicationContext | undefined;
  if (reload) process.on('SIGHUP', () => running && reload(running));
  try {
    running = await service.start(settings, log);
  } catch (error) {
    tellFailure(service.name, log, error);
    process.exit(1);
  }
  if (stop.asked) {
    await running.close();
    process.exit(0);
  }
  running.enableShutdownHooks(ends, { useProcessExit: true });
  await tellParent(running);
}

/** As Node does, but for what it would show of the error's own values, such as an address with its password. */
function endBy(error: unknown): void {
  process.stderr.write(`${withoutSecrets(inspect(error))}\n`);
  process.exit(1);
}

/** Ends the process where the configuration is not right. */
function configure<Schema extends SettingsSchema>(service: Service<Schema>) {
  const problems: string[] = [];
  const collect = <Value>(read: () => Value): Value | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const environment = collect(() => readEnvironment()) ?? {};
  hideSecrets(service.settings, environment);
  const settings = collect(() => loadSettings(service.settings, environment));
  problems.push(...(service.check?.(environment) ?? []));
  const warnings = unknownSettings(environment, service.settings);
  if (settings !== undefined && problems.length === 0) return { settings, warnings };
  const all = [...problems, ...warnings].map((problem) => problem.replaceAll('\n', '\n    '));
  return fail(`${service.name} is not configured right:\n  ${all.join('\n  ')}\nSee docs/config.md, or --help.`);
}

/** One sentence; where it came from is for debugging. */
function tellFailure(name: string, log: Log, error: unknown): void {
  if (error instanceof StartError || error instanceof SettingsError) log.error(error.message);
  else log.error(`The ${name} can't start: ${error instanceof Error ? error.message : String(error)}`);
  if (error instanceof Error) log.debug(error.stack);
}

/** `npm start` waits for its services; where it is gone, they end too. */
async function tellParent(running: INestApplicationContext): Promise<void> {
  if (!process.send) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.send({ ready: 'getUrl' in running ? await (running as INestApplication).getUrl() : true });
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

/** Signals that come while the service starts are `asked`; Nest's hooks take them from then on. */
function limitShutdown(log: Log, signals: NodeJS.Signals[]): { asked: boolean } {
  const stop = { asked: false };
  for (const signal of signals) {
    process.on(signal, () => {
      if (stop.asked) return;
      stop.asked = true;
      // By then all is closed; a service that ends without this line was ended by force.
      process.once('exit', (status) => status === 0 && log.log(`Stopped after ${signal}`));
      setTimeout(() => {
        log.error(`Stopping took over ${STOP_LIMIT_MS / 1000} s; leaving what is still open`);
        process.exit(1);
      }, STOP_LIMIT_MS).unref();
    });
  }
  return stop;
}
