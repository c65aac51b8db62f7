import { useEffect, useMemo } from 'preact/hooks';
import type { HostProcesses, RankedProgram, Ranking } from '#domain';
import type { Address } from '../address.js';
import { adjust } from '../navigation.js';
import { Notice, Whole } from '../parts/notice.js';
import { RowTable } from '../parts/row-table.js';
import { ask } from '../server/ask.js';
import type { Answered } from '../server/use-answer.js';
import { useLive } from '../server/use-live.js';
import type { Store } from '../store.js';
import { figure, many, whole } from '../text.js';
import { type MomentList, type MomentReader, type MomentStep, processesPath } from './moment.js';
import { MomentBar } from './moment-bar.js';
import { rangeOrderOf } from './orders.js';
import { momentColumns, rangeColumns } from './program-columns.js';
import { useMoment } from './use-moment.js';

interface Props {
  address: Address;
  host: string;
  list: MomentList;
  intervalMs: number;
  reader: MomentReader;
  cursor: Store<MomentStep | undefined>;
  pinnedMs: number | undefined;
  ranking: Answered<Ranking>;
  onPinAt: (ms: number) => void;
  onUnpin: () => void;
}

/** The programs of the moment under the cursor, of the pinned one or of now; or those of the whole range. */
export function Programs(props: Props) {
  const { address, ranking } = props;
  const isRange = address.group === 'range';
  const sparks = useMemo(
    () => new Map<string, RankedProgram>(ranking.answer?.programs.map((one) => [one.process, one])),
    [ranking.answer],
  );
  return (
    <section class="panel" aria-labelledby="programs">
      <div class="toolbar">
        <h2 id="programs">Programs</h2>
        <div class="range-lengths" role="group" aria-label="Of when">
          <button type="button" aria-pressed={!isRange} onClick={() => adjust({ group: undefined, order: undefined })}>
            At the moment
          </button>
          <button type="button" aria-pressed={isRange} onClick={() => adjust({ group: 'range', order: undefined })}>
            Over the range
          </button>
        </div>
      </div>
      {isRange ? <OfRange {...props} sparks={sparks} /> : <OfMoment {...props} sparks={sparks} />}
    </section>
  );
}

interface WithSparks extends Props {
  sparks: ReadonlyMap<string, RankedProgram>;
}

function OfMoment({ host, list, intervalMs, reader, cursor, pinnedMs, onPinAt, onUnpin, sparks }: WithSparks) {
  const moment = useMoment(reader, { pinnedMs, cursor, list, intervalMs });
  const isNow = moment === undefined && pinnedMs === undefined;
  const newest = useLive<HostProcesses>(
    pinnedMs === undefined ? processesPath(host, list) : undefined,
    (signal) => ask<HostProcesses>(processesPath(host, list), { signal }),
    Math.max(2000, intervalMs / 2),
  );
  const answer = isNow ? newest.answer : moment?.answer;
  const error = isNow ? newest.error : moment?.error;
  const stepTo = (time: string | null | undefined) => {
    if (time) onPinAt(Date.parse(time));
  };
  useEffect(() => {
    if (pinnedMs === undefined) return;
    const onKey = (event: KeyboardEvent) => {
      if ((event.target as Element | null)?.closest('input, select, textarea, dialog') || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return; // prettier-ignore
      if (event.key === 'Escape') onUnpin();
      else if (event.key === 'ArrowLeft') stepTo(answer?.previous);
      else if (event.key === 'ArrowRight') stepTo(answer?.next);
      else return;
      event.preventDefault();
      // A chart would move its cursor instead.
      event.stopPropagation();
    };
    addEventListener('keydown', onKey, { capture: true });
    return () => removeEventListener('keydown', onKey, { capture: true });
  });

  const field = list.order === 'cpu' || list.order === 'count' ? 'cpu' : 'mem';
  const pins = list.pin ?? [];
  const columns = useMemo(() => momentColumns({ host, pins, sparks, field }), [host, pins.join('\n'), sparks, field]);
  const processes = answer?.processes;
  const rows = useMemo(() => keptFirst(processes ?? [], pins), [processes, pins.join('\n')]);
  return (
    <>
      <MomentBar
        host={host}
        state={pinnedMs !== undefined ? 'pinned' : isNow ? 'now' : 'cursor'}
        atMs={answer?.time ? Date.parse(answer.time) : pinnedMs}
        answer={answer}
        error={error}
        onStep={stepTo}
        onUnpin={onUnpin}
      />
      {!answer && !error && <Notice kind="loading" title="Reading the programs …" />}
      {answer?.time === null && <Notice kind="empty" title="The host said nothing at this moment." />}
      {answer && rows.length > 0 && (
        <RowTable
          caption="Programs of the moment"
          columns={columns}
          rows={rows}
          rowKey={({ process }) => process}
          order={list.order}
          onOrder={(order) => adjust({ order })}
          rowClass={({ process }) => (pins.includes(process) ? 'kept' : '')}
          total={answer.all?.programs}
        />
      )}
      {answer && <Rest answer={answer} />}
    </>
  );
}

/** What the programs that are not listed use together. */
function Rest({ answer: { all, processes } }: { answer: HostProcesses }) {
  if (!all || all.programs <= processes.length) return null;
  const listed = processes.reduce((sum, { cpu }) => sum + (cpu ?? 0), 0);
  return (
    <p class="quiet">
      {whole(processes.length)} of {many(all.programs, 'program')}; the others use{' '}
      {figure(Math.max(0, (all.cpu ?? 0) - listed))} % of one core together.
    </p>
  );
}

function OfRange({ address, host, ranking, sparks }: WithSparks) {
  const order = rangeOrderOf(address.order);
  const field = /^(?:mem|rss)/.test(order) ? 'mem' : 'cpu';
  const pins = address.pin ?? [];
  const total = ranking.answer?.all.cpuSeconds ?? null;
  const columns = useMemo(
    () => rangeColumns({ host, pins, sparks, field }, total),
    [host, pins.join('\n'), sparks, field, total],
  );
  return (
    <Whole of={ranking} waiting="Adding up the range …">
      {({ programs, all }) => {
        if (programs.length === 0) return <Notice kind="empty" title="Nothing is known of this time." />;
        const listed = programs.reduce((sum, { cpuSeconds }) => sum + (cpuSeconds ?? 0), 0);
        return (
          <>
            <p class="quiet">
              {many(all.programs, 'program')}, {whole(all.cpuSeconds)} CPU-seconds in all
              {all.programs > programs.length &&
                `; the ${whole(all.programs - programs.length)} that are not listed have ${whole((all.cpuSeconds ?? 0) - listed)} of them`}
              .
            </p>
            <RowTable
              caption="Programs over the range"
              columns={columns}
              rows={keptFirst(programs, pins)}
              rowKey={({ process }) => process}
              order={order}
              onOrder={(key) => adjust({ order: key })}
              rowClass={({ process }) => (pins.includes(process) ? 'kept' : '')}
            />
          </>
        );
      }}
    </Whole>
  );
}

/** Those that are kept come first, in their order. */
function keptFirst<Row extends { process: string }>(rows: readonly Row[], pins: readonly string[]): readonly Row[] {
  if (pins.length === 0) return rows;
  const isKept = ({ process }: Row) => pins.includes(process);
  return [...rows.filter(isKept), ...rows.filter((row) => !isKept(row))];
}
