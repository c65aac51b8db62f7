import { randomUUID } from 'node:crypto';
import type { ChannelResult, Notification } from '#domain';
import { sampleNotification } from '#alarm';
import { withoutSecrets } from '#runtime';
import type { Message } from '../messages/message.js';
import type { AlertmanagerChannel } from './alertmanager.js';
import type { Notifier } from './notifier.js';

const LIMIT_MS = 20_000;

interface SampleOptions {
  notifiers: Notifier[];
  alertmanager?: AlertmanagerChannel;
  compose: (notification: Notification) => Promise<Message>;
  /** ms since the epoch. */
  now: () => number;
}

/** Sends a sample on every channel and says how each one went. */
export async function sendSample(options: SampleOptions, stopped: AbortSignal): Promise<ChannelResult[]> {
  const { notifiers, alertmanager, compose, now } = options;
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(LIMIT_MS)]);
  const sample = sampleNotification(randomUUID(), now());
  const message = await compose(sample);
  const tries = notifiers.map((notifier) => resultOf(notifier.name, notifier.send(message, signal)));
  const incident = sample.items[0]?.incident;
  if (alertmanager && incident) {
    tries.push(resultOf(alertmanager.name, alertmanager.test({ ...incident, history: [] }, now(), signal)));
  }
  return Promise.all(tries);
}

async function resultOf(channel: string, sent: Promise<void>): Promise<ChannelResult> {
  try {
    await sent;
    return { channel, ok: true, message: 'taken' };
  } catch (error) {
    // The server keeps it and shows it to others.
    return { channel, ok: false, message: withoutSecrets((error as Error).message).slice(0, 1000) };
  }
}
