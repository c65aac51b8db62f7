import type { AlarmState, FleetHost, ProgramUsage } from '#domain';
import { type Address, formatAddress } from '../address.js';
import { alertWords } from '../parts/alert-words.js';
import type { SightName } from '../parts/sight.js';
import { iso, rangeOf } from '../range.js';
import { bytes, localTime, nameText, percent, span } from '../text.js';

/** Something that can be jumped to. */
export interface Entry {
  id: string;
  text: string;
  /** What helps to tell it from others of its name. */
  detail?: string;
  sight?: SightName;
  /** Where it leads; left out of a moment whose host is still to be chosen. */
  to?: Address;
}

export interface Group {
  title: string;
  entries: Entry[];
}

const views: { text: string; to: Address }[] = [
  { text: 'Fleet', to: { view: 'fleet' } },
  { text: 'Fleet by service', to: { view: 'fleet', group: 'service' } },
  { text: 'Alerts', to: { view: 'alerts' } },
  { text: 'Changes', to: { view: 'changes' } },
  { text: 'Honesty', to: { view: 'honesty' } },
  { text: 'Wall', to: { view: 'wall' } },
  { text: 'Connect a host', to: { view: 'start' } },
];

const MAX_ALERTS = 6;

export function viewEntries(text: string): Entry[] {
  return views
    .filter((view) => holds(view.text, text))
    .map((view) => ({ id: `view ${view.text}`, ...view, detail: formatAddress(view.to) }));
}

export function alertEntries(alarm: AlarmState | undefined, text: string, nowMs: number): Entry[] {
  const found: Entry[] = [];
  for (const alert of alarm?.alerts ?? []) {
    const words = alertWords(alert, nowMs);
    if (!holds(`${words} ${alert.host}`, text)) continue;
    const to: Address = { view: 'alert', alert: alert.id };
    found.push({ id: `alert ${alert.id}`, text: words, detail: nameText(alert.host), sight: alert.color, to });
    if (found.length === MAX_ALERTS) break;
  }
  return found;
}

/** With `atMs`: at that moment. */
export function hostEntries(hosts: FleetHost[], address: Address, atMs: number | undefined, nowMs: number): Entry[] {
  return hosts.map(({ host, service, sight }) => ({
    id: `host ${host}`,
    text: nameText(host),
    sight,
    ...(service !== null && { detail: nameText(service) }),
    to: atMs === undefined ? { view: 'host', host } : momentAddress(address, host, atMs, nowMs),
  }));
}

export function programEntries(programs: ProgramUsage[]): Entry[] {
  return programs.map(({ host, process, cpuTotal, rssBytes }) => ({
    id: `program ${host} ${process}`,
    text: nameText(process),
    detail: `on ${nameText(host)}, ${percent(cpuTotal)} of one core, ${bytes(rssBytes)}`,
    to: { view: 'program', host, process },
  }));
}

/** A moment on the host in view; where none is, its host is asked for next. */
export function momentEntry(address: Address, atMs: number, nowMs: number): Entry {
  const { host } = address;
  const ago = `${span(nowMs - atMs)} ago`;
  if (host === undefined) return { id: 'moment', text: localTime(atMs), detail: `${ago}; on which host?` };
  const to = momentAddress(address, host, atMs, nowMs);
  return { id: 'moment', text: localTime(atMs), detail: `${ago}, on ${nameText(host)}`, to };
}

/** What is around a moment, where what is looked at does not show it. */
const AROUND_MS = 30 * 60_000;

/** The host with a moment pinned, in the range that is looked at where that holds it. */
export function momentAddress(address: Address, host: string, atMs: number, nowMs: number): Address {
  const { from, to, last, pin } = address.host === host ? address : ({} as Partial<Address>);
  const pinned: Address = { view: 'host', host, at: iso(atMs), pin };
  const range = rangeOf({ from, to, last }, nowMs);
  if (range.fromMs <= atMs && atMs <= range.toMs) return { ...pinned, from, to, last };
  return { ...pinned, from: iso(atMs - AROUND_MS), to: iso(Math.min(nowMs, atMs + AROUND_MS)) };
}

export function holds(text: string, part: string): boolean {
  return text.toLowerCase().includes(part.toLowerCase());
}
