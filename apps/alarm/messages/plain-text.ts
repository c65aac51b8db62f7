import { sparkline } from './chart.js';
import type { AlertMessage, Message } from './message.js';

/** An alert in lines of plain text: what is wrong first, then what is known, then what to do. */
export function alertLines(alert: AlertMessage): string[] {
  const { color, headline, facts, chart, runbook, commands, link } = alert;
  return [
    `${color} ${headline}.`,
    ...(chart ? [`Last hour: ${sparkline(chart)}`] : []),
    ...facts.map(({ label, text }) => `${label}: ${text}`),
    ...(runbook ? [`Runbook: ${runbook}`] : []),
    ...(link ? [`Open: ${link}`] : []),
    ...(commands ? [`Acknowledge: ${commands.acknowledge}`, `Silence: ${commands.silence}`] : []),
  ];
}

/** A whole message: one alert with all that is known, of several the worst ones so and the others in a line each. */
export function messageLines(message: Message, detailed = 3): string[] {
  const { alerts, unlisted, title, link } = message;
  const [only] = alerts;
  if (only && alerts.length === 1 && unlisted === 0) return alertLines(only);
  const full = alerts.slice(0, detailed).flatMap((alert) => ['', ...alertLines(alert)]);
  const short = alerts.slice(detailed).map(({ color, headline }) => `${color} ${headline}.`);
  return [
    `${title}.`,
    ...full,
    ...(short.length > 0 ? ['', ...short] : []),
    ...(unlisted > 0 ? [`… and ${unlisted} more.`] : []),
    ...(link ? ['', link] : []),
  ];
}

/** As many whole lines as fit, with a note on what was left out; `size` counts as the receiver does. */
export function fitting(lines: string[], limit: number, size: (text: string) => number): string {
  const whole = lines.join('\n');
  if (size(whole) <= limit) return whole;
  const note = '… (cut; the dashboard has the rest)';
  const kept: string[] = [];
  for (const line of lines) {
    if (size([...kept, line, note].join('\n')) > limit) break;
    kept.push(line);
  }
  return kept.length > 0 ? [...kept, note].join('\n') : cut(lines[0] ?? '', limit, size);
}

/** The text cut between two characters, with an ellipsis where something is missing. */
export function cut(text: string, limit: number, size: (text: string) => number = (one) => one.length): string {
  if (size(text) <= limit) return text;
  const characters = Array.from(text);
  let [low, high] = [0, characters.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (size(`${characters.slice(0, middle).join('')}…`) <= limit) low = middle;
    else high = middle - 1;
  }
  return `${characters.slice(0, low).join('')}…`;
}

export function utf8Bytes(text: string): number {
  return Buffer.byteLength(text);
}
