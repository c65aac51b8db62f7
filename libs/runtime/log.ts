import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { withoutSecrets } from './secrets.js';

export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type Level = (typeof logLevels)[number];

const nestLevels: Record<Level, LogLevel[]> = {
  error: ['error', 'fatal'],
  warn: ['error', 'fatal', 'warn'],
  info: ['error', 'fatal', 'warn', 'log'],
  debug: ['error', 'fatal', 'warn', 'log', 'debug', 'verbose'],
};

const shownAs: Partial<Record<LogLevel, string>> = { log: 'INFO', verbose: 'DEBUG' };

const nestContexts = new Set(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']);

/** What these say, they also throw. */
const nestFailures = new Set(['ExceptionHandler', 'NestApplication']);

/** Colours are for terminals, and for runners that say so; `NO_COLOR` turns them off (https://no-color.org). */
export function wantsColor(stream: NodeJS.WriteStream = process.stdout, environment = process.env): boolean {
  if (environment['NO_COLOR']) return false;
  const forced = environment['FORCE_COLOR'];
  return forced ? forced !== '0' : stream.isTTY || false;
}

/** Nest's console logger, one line a message: `2026-11-22T20:41:50Z INFO  Server listens on …`. */
export class Log extends ConsoleLogger {
  constructor(context: string, level: Level) {
    super(context, { logLevels: nestLevels[level], colors: wantsColor() });
  }

  /** From now on. */
  setLevel(level: Level): void {
    this.setLogLevels(nestLevels[level]);
  }

  /** What Nest says about its own start is for debugging. */
  override log(message: unknown, ...rest: unknown[]): void {
    if (nestContexts.has(String(rest.at(-1)))) super.debug(message, ...(rest as [unknown]));
    else super.log(message, ...(rest as [unknown]));
  }

  /** What Nest throws while it starts is said once, by whoever started it. */
  override error(message: unknown, ...rest: unknown[]): void {
    if (nestFailures.has(String(rest.at(-1)))) return;
    const shown = rest.map((one) => (typeof one === 'string' ? withoutSecrets(one) : one));
    super.error(message, ...(shown as [unknown]));
  }

  protected override formatMessage(
    logLevel: LogLevel,
    message: unknown,
    _pid: string,
    _level: string,
    _context: string,
    _diff: string,
  ): string {
    const time = `${new Date().toISOString().slice(0, 19)}Z`;
    const level = (shownAs[logLevel] ?? logLevel.toUpperCase()).padEnd(5);
    const line = `${time} ${level} ${withoutSecrets(String(message))}`;
    return `${logLevel === 'log' || !this.options.colors ? line : this.colorize(line, logLevel)}\n`;
  }
}

/**
 * Says a repeated thing once: a warning again only when its text changes, or its topic where it has one, and one line when
 * all is well again.
 */
export class Once {
  private last: string | undefined;

  constructor(private readonly say: (text: string) => void) {}

  /** @param topic what makes two warnings the same, such as the peer that is away for changing reasons */
  warn(text: string, topic = text): void {
    if (topic === this.last) return;
    this.last = topic;
    this.say(text);
  }

  /** All is well; true where it was not before. */
  clear(): boolean {
    const was = this.last !== undefined;
    this.last = undefined;
    return was;
  }
}
