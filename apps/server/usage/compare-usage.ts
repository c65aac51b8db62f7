import {
  type ChangeOrder,
  isoToMicros,
  LEAST_CHANGE,
  type Micros,
  MICROS_PER_SECOND,
  type UsageChange,
  type UsageThen,
} from '#domain';
import type { StoredUsageThen } from '#store';

/** What the programs of a host used over a time. A moment begins and ends at its tick. */
export interface Then extends StoredUsageThen {
  from: Micros;
  to: Micros;
}

type Program = Then['programs'][number];
type Pair = [before: Program | undefined, after: Program | undefined];
type Field = Exclude<ChangeOrder, 'usage'>;

/** Every program of either time, the largest change first, and what is the same last; ties by name. */
export function compareUsage(before: Then, after: Then, order: ChangeOrder): UsageChange[] {
  const old = new Map(before.programs.map((program) => [program.process, program]));
  const fresh = new Map(after.programs.map((program) => [program.process, program]));
  const changes = [...new Set([...old.keys(), ...fresh.keys()])].map((process): UsageChange => {
    const [was, is]: Pair = [old.get(process), fresh.get(process)];
    const unit = (is ?? was)?.unit;
    const field = fieldOf(was, is, order);
    return {
      process,
      ...(unit === undefined ? {} : { unit }),
      change: restarted([was, is], before, after) ? 'restarted' : kindOf(was, is, field),
      size: Math.abs(difference(was, is, field)),
      before: usageOf(was),
      after: usageOf(is),
    };
  });
  const last = ({ change }: UsageChange) => Number(change === 'same');
  return changes.sort((a, b) => last(a) - last(b) || b.size - a.size || (a.process < b.process ? -1 : 1));
}

/** The field whose change counts; of usage, the one of cpu and mem that changed by more %. */
function fieldOf(was: Program | undefined, is: Program | undefined, order: ChangeOrder): Field {
  if (order !== 'usage') return order;
  return Math.abs(difference(was, is, 'mem')) > Math.abs(difference(was, is, 'cpu')) ? 'mem' : 'cpu';
}

/** A program that did not run used nothing. */
function difference(was: Program | undefined, is: Program | undefined, field: Field): number {
  return (is?.[field] ?? 0) - (was?.[field] ?? 0);
}

function kindOf(was: Program | undefined, is: Program | undefined, field: Field): UsageChange['change'] {
  if (!was) return 'new';
  if (!is) return 'gone';
  const by = difference(was, is, field);
  // Bytes have no size of their own that is small for every host, so for them it is a share of what they were.
  const least =
    field === 'rssBytes' ? (LEAST_CHANGE / 100) * Math.max(was.rssBytes ?? 0, is.rssBytes ?? 0) : LEAST_CHANGE;
  if (Math.abs(by) < least || by === 0) return 'same';
  return by > 0 ? 'grew' : 'shrank';
}

/** Whether its oldest process of the later time started after the earlier one. Starts are told in whole seconds. */
function restarted([was, is]: Pair, before: Then, after: Then): boolean {
  const inOrder = before.to <= after.to;
  const [earlier, later] = inOrder ? [was, is] : [is, was];
  const end = inOrder ? before.to : after.to;
  if (!earlier || later?.started === undefined) return false;
  const started = isoToMicros(later.started);
  if (earlier.started !== undefined && isoToMicros(earlier.started) >= started) return false;
  return started + MICROS_PER_SECOND > end;
}

function usageOf(program: Program | undefined): UsageThen | null {
  if (!program) return null;
  const { count, cpu, mem, rssBytes, started } = program;
  return { count, cpu, mem, rssBytes, ...(started === undefined ? {} : { started }) };
}
