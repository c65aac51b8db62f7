import type { Message } from '../../messages/message.js';
import { cut } from '../../messages/plain-text.js';
import type { Pager } from '../pager.notifier.js';

/** https://developer.pagerduty.com/docs/events-api-v2/trigger-events; a whole event has at most 512 kB. */
const MAX_SUMMARY = 1_024;
const MAX_SOURCE = 255;
const severities = { RED: 'critical', AMBER: 'warning', GREEN: 'info' } as const;

/** Events API v2: each alert is opened, acknowledged and resolved under its `dedup_key`. */
export function pagerDuty({ url, key }: { url: string; key: string }): Pager {
  const request = (action: 'trigger' | 'acknowledge' | 'resolve', dedupKey: string, more: object = {}) => ({
    url: `${url.replace(/\/+$/, '')}/v2/enqueue`,
    body: JSON.stringify({ routing_key: key, event_action: action, dedup_key: dedupKey, ...more }),
  });
  return {
    open: (id, message) => request('trigger', id, eventOf(message)),
    acknowledge: (id) => request('acknowledge', id),
    close: (id) => request('resolve', id),
  };
}

function eventOf({ title, color, link, alerts, notification }: Message) {
  const [first] = alerts;
  const incident = notification.items[0]?.incident;
  const component = incident?.process ?? incident?.unit;
  const runbooks = new Set(alerts.map(({ runbook }) => runbook).filter((one) => one !== undefined));
  const links = [
    ...(link ? [{ href: link, text: 'Open in Amberwatch' }] : []),
    ...[...runbooks].map((href) => ({ href, text: 'Runbook' })),
  ];
  return {
    client: 'Amberwatch',
    ...(link && { client_url: link }),
    ...(links.length > 0 && { links }),
    payload: {
      summary: cut(title, MAX_SUMMARY),
      source: cut(notification.host ?? `${notification.counts.hosts} hosts`, MAX_SOURCE),
      severity: severities[color],
      timestamp: incident?.since ?? notification.time,
      ...(component !== undefined && { component }),
      ...(first?.service && { group: first.service }),
      ...(incident && { class: incident.metric }),
      custom_details: detailsOf({ alerts }),
    },
  };
}

function detailsOf({ alerts }: Pick<Message, 'alerts'>): Record<string, string> {
  const [only] = alerts;
  if (only && alerts.length === 1) {
    const { facts, commands } = only;
    const known = Object.fromEntries(facts.map(({ label, text }) => [label.toLowerCase(), text]));
    return { ...known, ...commands };
  }
  return Object.fromEntries(alerts.map(({ color, headline, shortId }) => [`${color} ${shortId}`, headline]));
}
