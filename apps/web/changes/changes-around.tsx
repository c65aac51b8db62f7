import './changes.css';
import type { Alert, UsageChange, UsageChanges } from '#domain';
import { routes } from '#domain/routes';
import type { Address } from '../address.js';
import { Link } from '../parts/link.js';
import { useRangeEnd } from '../parts/range-end.js';
import { Name } from '../parts/name.js';
import { Whole } from '../parts/notice.js';
import { iso } from '../range.js';
import { withQuery } from '../server/ask.js';
import { useAnswer } from '../server/use-answer.js';
import { many, span } from '../text.js';
import { BeforeAfter, ChangeWord, mostOf } from './change-parts.js';
import { quantities } from './change-words.js';

/** Changes that stand beside an alert; the view of changes has them all. */
const FEW = 5;
const STEP_MS = 30_000;
const LEAST_MS = 60_000;
const MOST_MS = 24 * 3_600_000;

/**
 * The time in which an alert was open, to be compared with the same length before it; of one that has just been opened a
 * minute, and of one that has stood for days the first of them.
 */
export function rangeSince({ opened, closed }: Pick<Alert, 'opened' | 'closed'>, nowMs: number) {
  const fromMs = Date.parse(opened);
  const endMs = closed === null ? nowMs : Date.parse(closed);
  return { fromMs, toMs: fromMs + Math.min(MOST_MS, Math.max(LEAST_MS, endMs - fromMs)) };
}

/** What changed on the host of an alert since it was opened. */
export function ChangesAround({ alert }: { alert: Alert }) {
  const { host } = alert;
  const { fromMs, toMs } = rangeSince(alert, useRangeEnd(STEP_MS));
  const times = { from: iso(fromMs), to: iso(toMs) };
  const asked = useAnswer<UsageChanges>(withQuery(routes.changes, { host, ...times, limit: FEW }), null);
  const all: Address = { view: 'changes', host, ...times };
  return (
    <section class="panel" aria-labelledby="alert-changes">
      <h2 id="alert-changes">What changed</h2>
      <p class="quiet">
        {span(toMs - fromMs)} from its opening on, against the same length before.{' '}
        <Link to={all}>All that changed</Link>
      </p>
      <Whole of={asked}>{(answer) => <FewChanges answer={answer} />}</Whole>
    </section>
  );
}

function FewChanges({ answer: { host, before, after, changes, changed } }: { answer: UsageChanges }) {
  if (after.ticks === 0) return <p>Nothing is known of the time since it was opened.</p>;
  if (before.ticks === 0) return <p>Nothing is known of the time before it was opened.</p>;
  const shown = changes.filter(({ change }) => change !== 'same').slice(0, FEW);
  if (shown.length === 0) return <p>No program changed by more than a percent.</p>;
  const [cpu, mem] = quantities;
  return (
    <>
      <ul class="few-changes">
        {shown.map((change) => (
          <FewChange
            key={change.process}
            host={host}
            change={change}
            quantity={larger(change) === 'cpu' ? cpu : mem}
            all={shown}
          />
        ))}
      </ul>
      {changed > shown.length && <p class="quiet">and {many(changed - shown.length, 'more', 'more')}</p>}
    </>
  );
}

/** Which of the two changed by more: the list is ordered by it. */
function larger({ before, after }: UsageChange): 'cpu' | 'mem' {
  const by = (key: 'cpu' | 'mem') => Math.abs((after?.[key] ?? 0) - (before?.[key] ?? 0));
  return by('cpu') >= by('mem') ? 'cpu' : 'mem';
}

function FewChange({
  host,
  change,
  quantity,
  all,
}: {
  host: string;
  change: UsageChange;
  quantity: (typeof quantities)[number] | undefined;
  all: readonly UsageChange[];
}) {
  if (!quantity) return null;
  const { process } = change;
  return (
    <li>
      <ChangeWord of={change.change} />
      <Link to={{ view: 'program', host, process }}>
        <Name of={process} />
      </Link>
      <span class="few-changes-by">
        <span class="quiet">{quantity.title}</span>{' '}
        <BeforeAfter change={change} quantity={quantity} most={mostOf(all, quantity.key)} />
      </span>
    </li>
  );
}
