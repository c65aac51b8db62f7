import { useEffect, useState } from 'preact/hooks';
import type { AlarmState, FleetView, UsagePage } from '#domain';
import { routes } from '#domain/routes';
import type { Address } from '../address.js';
import { withQuery } from '../server/ask.js';
import { useAnswer } from '../server/use-answer.js';
import {
  alertEntries,
  type Entry,
  type Group,
  holds,
  hostEntries,
  momentEntry,
  programEntries,
  viewEntries,
} from './entries.js';
import { parseMoment } from './moment.js';

/** Rests in typing that are shorter are no reason to ask. */
const REST_MS = 120;

export interface Found {
  groups: Group[];
  /** Whether there may be more to come for this text. */
  loading: boolean;
  error?: Error | undefined;
}

/** What a text finds: the server looks through hosts and programs, the page through what it has. */
export function useFound(
  text: string,
  address: Address,
  alarm: AlarmState | undefined,
  atMs: number | undefined,
  nowMs: number,
): Found {
  const asked = useRested(text);
  const moment = atMs === undefined ? parseMoment(text, nowMs) : undefined;
  const match = asked === '' || moment !== undefined ? undefined : asked;
  // Without a text those in trouble are the likeliest; where a host is to be chosen, any.
  const state = match === undefined && atMs === undefined ? 'trouble' : undefined;
  const hosts = useAnswer<FleetView>(
    withQuery(routes.fleet, { match, state, limit: atMs === undefined ? 6 : 12 }),
    null,
  );
  const programsPath = withQuery(routes.usage, { match, order: 'cpuTotal', limit: 8 });
  const programs = useAnswer<UsagePage>(match === undefined || atMs !== undefined ? undefined : programsPath, null);
  // What was found for the text before is no answer to this one, but what still fits may stay.
  const fitting = (hosts.answer?.hosts ?? []).filter(({ host, service }) => holds(`${host} ${service}`, text));
  const hostGroup = { title: 'Hosts', entries: hostEntries(fitting, address, atMs, nowMs) };
  const waits = asked !== text || hosts.loading || (match !== undefined && atMs === undefined && programs.loading);
  const loading = waits && moment === undefined;
  const error = hosts.error ?? programs.error;
  if (atMs !== undefined) return { groups: filled([hostGroup]), loading, error };
  if (moment !== undefined)
    return { groups: filled([momentGroup(momentEntry(address, moment, nowMs))]), loading, error };
  const found = match === undefined ? [] : (programs.answer?.programs ?? []);
  const near = found.filter(({ host, process }) => holds(`${process} ${host}`, text));
  return {
    groups: filled([
      hostGroup,
      { title: 'Programs', entries: programEntries(near) },
      { title: 'Open alerts', entries: alertEntries(alarm, text, nowMs) },
      { title: 'Views', entries: viewEntries(text) },
    ]),
    loading,
    error,
  };
}

const momentGroup = (entry: Entry): Group => ({ title: 'Moment', entries: [entry] });
const filled = (groups: Group[]) => groups.filter(({ entries }) => entries.length > 0);

/** A text once its writer rests. */
function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), REST_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return rested;
}
