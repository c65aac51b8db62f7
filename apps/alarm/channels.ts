import { join } from 'node:path';
import type { Judged, Rules } from '#alarm';
import type { AmberwatchClient } from '#client';
import { type Log, openDataFolder, readYamlFile, StartError } from '#runtime';
import type { AlarmSettings } from './alarm.config.js';
import { Composer } from './messages/composer.js';
import { AlertmanagerChannel } from './notifiers/alertmanager.js';
import { Dispatcher } from './notifiers/dispatcher.js';
import { notifiersOf } from './notifiers/configured.js';
import { Outbox } from './notifiers/outbox.js';
import { channelFile } from './notifiers/presets/template.js';

export interface ChannelParts {
  log: Log;
  client: AmberwatchClient;
  /** The rules that hold now. */
  rules: () => Rules;
  judged: Judged;
  /** ms since the epoch. */
  now: () => number;
}

/**
 * The channels that are configured, with their outbox open.
 *
 * @throws StartError where the outbox can't be written, SettingsError where the file of channels is not right
 */
export function openChannels(settings: AlarmSettings, { log, client, rules, judged, now }: ChannelParts): Dispatcher {
  const services = new Map<string, string | null>();
  const serviceOf = (host: string) => services.get(host) ?? null;
  const ruleDetails = (rule: string | undefined) => rules().details(rule);
  const publicUrl = settings.AMBERWATCH_PUBLIC_URL;
  const composer = new Composer({ client, serviceOf, ruleDetails, publicUrl });
  const compose = composer.compose.bind(composer);
  const outbox = new Outbox(join(settings.AMBERWATCH_DATA, 'alarm', 'outbox.jsonl'));
  const file = settings.AMBERWATCH_CHANNELS;
  const { channels } = file === undefined ? { channels: [] } : readYamlFile(channelFile, 'channels', file);
  const notifiers = notifiersOf(settings, channels, outbox, compose);
  const url = settings.AMBERWATCH_ALERTMANAGER_URL;
  const allowPrivate = settings.AMBERWATCH_NOTIFY_PRIVATE === 'allow';
  if (notifiers.length > 0) openOutbox(outbox, settings, log);
  const names = [...notifiers.map(({ name }) => name), ...(url ? ['alertmanager'] : [])];
  if (names.length > 0) log.log(`Notifications go to ${names.join(', ')}`);
  return new Dispatcher({
    notifiers,
    alertmanager: url
      ? new AlertmanagerChannel({ url, allowPrivate, link: publicUrl, serviceOf, ruleDetails }, log)
      : undefined,
    outbox,
    compose,
    services,
    routes: () => rules().routes,
    log,
    judged,
    waitMs: settings.AMBERWATCH_NOTIFY_WAIT,
    repeatMs: settings.AMBERWATCH_NOTIFY_REPEAT,
    now,
  });
}

function openOutbox(outbox: Outbox, settings: AlarmSettings, log: Log): void {
  openDataFolder(settings.AMBERWATCH_DATA);
  try {
    outbox.open();
  } catch (error) {
    throw new StartError(
      `AMBERWATCH_DATA: the outbox in "${settings.AMBERWATCH_DATA}" can't be opened: ${(error as Error).message}`,
      { cause: error },
    );
  }
  if (outbox.unreadable > 0) log.warn(`${outbox.unreadable} lines of the outbox were not readable and are dropped`);
}
