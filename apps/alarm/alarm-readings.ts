import type { AlarmEngine } from '#alarm';
import type { Reading } from '#runtime';
import type { Dispatcher } from './notifiers/dispatcher.js';
import type { Recorder } from './recorder.js';

interface Counted {
  engine: AlarmEngine;
  dispatcher: Dispatcher;
  recorder: Recorder;
  /** Batches that were judged as they arrived. */
  judged: () => number;
  /** Batches that could not be read and were stepped over. */
  unreadable: () => number;
  /** Changes that were said, by colour. */
  changes: () => Record<string, number>;
  isCatchingUp: () => boolean;
}

/** What the alarm counts, for Prometheus. */
export function alarmReadings({
  engine,
  dispatcher,
  recorder,
  judged,
  unreadable,
  changes,
  isCatchingUp,
}: Counted): Reading[] {
  const byChannel = (read: (queue: Dispatcher['queues'][number]) => number) => () =>
    Object.fromEntries(dispatcher.queues.map((queue) => [queue.name, read(queue)]));
  const counter = (name: string, help: string, read: Reading['read'], label?: string): Reading => {
    return { name: `amberwatch_alarm_${name}_total`, help, type: 'counter', label, read };
  };
  const gauge = (name: string, help: string, read: Reading['read'], label?: string): Reading => {
    return { name: `amberwatch_alarm_${name}`, help, type: 'gauge', label, read };
  };
  return [
    counter('batches_judged', 'Batches of samples that were judged as they arrived', judged),
    counter('batches_unreadable', 'Batches of samples that could not be read and were stepped over', unreadable),
    counter('batches_late', 'Batches that came too late to be judged in their place', () => engine.lateBatches),
    counter('changes', 'Changes of alerts that were said, by the new colour', changes, 'color'),
    gauge('catching_up', '1 while the history of a gap is read', () => (isCatchingUp() ? 1 : 0)),
    gauge('hosts', 'Hosts that are watched', () => engine.hosts),
    gauge('open_incidents', 'Incidents that are open', () => engine.open().length),
    gauge('records_waiting', 'Records of incidents that the server has not taken yet', () => recorder.waiting),
    counter('records_refused', 'Records of incidents that the server refused for good', () => recorder.refused),
    counter('alertmanager_refused', 'Alerts that Alertmanager refused', () => dispatcher.refusedByAlertmanager),
    ...(dispatcher.queues.length === 0
      ? []
      : [
          gauge(
            'notifications_queued',
            'Notifications that wait, by channel',
            byChannel(({ length }) => length),
            'channel',
          ),
          counter(
            'notifications_delivered',
            'Notifications taken, by channel',
            byChannel((one) => one.delivered),
            'channel',
          ),
          counter(
            'notifications_lost',
            'Notifications given up, by channel',
            byChannel(({ lost }) => lost),
            'channel',
          ),
        ]),
  ];
}
