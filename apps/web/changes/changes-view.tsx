import './changes.css';
import { useMemo } from 'preact/hooks';
import type { AlertPage, ChangeOrder, HostPage, UsageChanges } from '#domain';
import { routes } from '#domain/routes';
import type { Address } from '../address.js';
import { aboutWords } from '../alerts/alert-words.js';
import { adjust } from '../navigation.js';
import { useTitle } from '../parts/heading.js';
import { Link } from '../parts/link.js';
import { Name } from '../parts/name.js';
import { Notice, Whole } from '../parts/notice.js';
import { SearchBox } from '../parts/search-box.js';
import { Time } from '../parts/time.js';
import { withQuery } from '../server/ask.js';
import { alertNews } from '../server/live.js';
import { useAnswer } from '../server/use-answer.js';
import { many, span } from '../text.js';
import { rangeSince } from './changes-around.js';
import { ChangeTable } from './change-table.js';
import { type Comparison, comparisonOf, ofRanges, quickChoices } from './comparison.js';
import { ComparisonForm } from './comparison-form.js';
import { formText } from './form-text.js';

const LIMIT = 200;
const ALL = 10_000;
const orders: readonly string[] = ['usage', 'cpu', 'mem', 'rssBytes', 'count'] satisfies ChangeOrder[];
/** Open alerts of the host that can be chosen from. */
const MAX_ALERTS = 5;

/** What is different on a host: two moments or two ranges side by side. */
export function ChangesView({ address }: { address: Address }) {
  const { host } = address;
  useTitle(host === undefined ? 'What changed' : `What changed on ${host}`);
  return (
    <>
      <h1>
        What changed
        {host !== undefined && (
          <>
            {' '}
            on{' '}
            <Link to={{ view: 'host', host }}>
              <Name of={host} />
            </Link>
          </>
        )}
      </h1>
      <HostPicker host={host} />
      {host !== undefined && <OnHost key={host} address={address} host={host} />}
    </>
  );
}

/** Any host by name, completed from those that are known. */
function HostPicker({ host }: { host: string | undefined }) {
  const hosts = useAnswer<HostPage>(`${routes.hosts}?limit=${ALL}`, null);
  const submit = (event: Event) => {
    event.preventDefault();
    const name = formText(event, 'host');
    if (name !== '') adjust({ host: name }, { replace: false });
  };
  return (
    <form class="toolbar" role="search" aria-label="Which host" onSubmit={submit}>
      <label>
        Host <input key={host} name="host" list="change-hosts" defaultValue={host ?? ''} required />
      </label>
      <datalist id="change-hosts">
        {hosts.answer?.hosts.map((one) => (
          <option key={one.host} value={one.host} />
        ))}
      </datalist>
      <button>Show</button>
    </form>
  );
}

function OnHost({ address, host }: { address: Address; host: string }) {
  const alerts = useAnswer<AlertPage>(withQuery(routes.alerts, { host, limit: MAX_ALERTS }), alertNews);
  const open = alerts.answer?.alerts ?? [];
  const asked = comparisonOf(address);
  // Until it is known whether an alert is open, nothing is compared that would be replaced at once.
  const known = asked !== undefined || alerts.answer !== undefined || alerts.error !== undefined;
  // The usual one stands still too, however long the view is open.
  const first = useMemo(() => (known ? usual(open) : undefined), [known]);
  const compared = asked ?? first;
  const choose = (next: Comparison) => adjust(next, { replace: false });
  return (
    <>
      <div class="toolbar" role="group" aria-label="Quick choices">
        {open.map((alert) => {
          const { fromMs, toMs } = rangeSince(alert, Date.now());
          return (
            <button key={alert.id} type="button" onClick={() => choose(ofRanges(fromMs, toMs))}>
              Since {alert.color} {aboutWords(alert)}
            </button>
          );
        })}
        {quickChoices.map(({ text, of }) => (
          <button key={text} type="button" onClick={() => choose(of(Date.now()))}>
            {text}
          </button>
        ))}
      </div>
      {compared ? (
        <Compared key={JSON.stringify(compared)} address={address} host={host} compared={compared} />
      ) : (
        <Notice kind="loading" title="Loading …" />
      )}
    </>
  );
}

/** Where the address names no times: since the newest open alert was opened, else the last hour. */
function usual(open: AlertPage['alerts']): Comparison | undefined {
  const nowMs = Date.now();
  const [newest] = open;
  if (!newest) return quickChoices[1]?.of(nowMs);
  const { fromMs, toMs } = rangeSince(newest, nowMs);
  return ofRanges(fromMs, toMs);
}

function Compared({ address, host, compared }: { address: Address; host: string; compared: Comparison }) {
  const order = (orders.includes(address.order ?? '') ? address.order : 'usage') as ChangeOrder;
  const all = address.group === 'all';
  const asked = useAnswer<UsageChanges>(
    withQuery(routes.changes, { host, ...compared, match: address.q, order, limit: all ? ALL : LIMIT }),
    null,
  );
  return (
    <>
      <ComparisonForm of={compared} />
      <form class="toolbar" role="search" aria-label="Programs" onSubmit={(event) => event.preventDefault()}>
        <SearchBox
          label="Programs by name"
          placeholder="Program"
          text={address.q ?? ''}
          onText={(q) => adjust({ q: q || undefined })}
        />
        <button
          type="button"
          aria-pressed={order === 'usage'}
          onClick={() => adjust({ order: undefined })}
          title="By the larger of the changes of CPU and memory"
        >
          By usage
        </button>
        <button type="button" aria-pressed={all} onClick={() => adjust({ group: all ? undefined : 'all' })}>
          Also what stayed the same
        </button>
      </form>
      <Whole of={asked} waiting="Comparing …">
        {(answer) => <Answer answer={answer} order={order} all={all} />}
      </Whole>
    </>
  );
}

function Answer({ answer, order, all }: { answer: UsageChanges; order: ChangeOrder; all: boolean }) {
  const { before, after, changed, programs, changes } = answer;
  const shown = all ? changes : changes.filter(({ change }) => change !== 'same');
  return (
    <section aria-labelledby="changes-found">
      <h2 id="changes-found">
        {many(changed, 'program')} of {programs} changed
      </h2>
      <p class="quiet compared">
        <Side of={before} /> <span aria-label="against">→</span> <Side of={after} />
      </p>
      {before.ticks === 0 && <p>Nothing is known of the time before: all that runs is new.</p>}
      {after.ticks === 0 && <p>Nothing is known of the time after: all that ran is gone.</p>}
      {shown.length === 0 ? (
        <Notice kind="empty" title="No program changed by more than a percent." />
      ) : (
        <ChangeTable answer={{ ...answer, changes: shown }} order={order} onOrder={(key) => adjust({ order: key })} />
      )}
      {shown.length < changed && (
        <p class="quiet">The first {many(shown.length, 'program')}; narrow them down by name.</p>
      )}
    </section>
  );
}

/** A time that is compared, and how often the host was measured in it. */
function Side({ of: { from, to, ticks } }: { of: UsageChanges['before'] }) {
  const ms = Date.parse(to) - Date.parse(from);
  return (
    <span>
      <Time of={from} whole />
      {ticks !== 1 && <> for {span(ms)}</>} ({many(ticks, 'tick')})
    </span>
  );
}
