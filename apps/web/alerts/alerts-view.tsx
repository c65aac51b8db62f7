import './alerts.css';
import type { AlertPage, HostPage } from '#domain';
import { routes } from '#domain/routes';
import type { Address } from '../address.js';
import { adjust } from '../navigation.js';
import { useTitle } from '../parts/heading.js';
import { Whole } from '../parts/notice.js';
import { withQuery } from '../server/ask.js';
import { useAnswer } from '../server/use-answer.js';
import { OpenAlerts } from './open-alerts.js';
import { PastAlerts } from './past-alerts.js';
import { useAlertPages } from './use-alert-pages.js';

/** Open alerts that are asked for; more than that nobody reads. */
const MAX_OPEN = 1000;
const PAST_PAGE = 100;

const states = [
  { state: undefined, text: 'All' },
  { state: 'red', text: 'RED' },
  { state: 'amber', text: 'AMBER' },
  { state: 'closed', text: 'Past' },
] as const;

/** What is open, the worst first, then what is over. */
export function AlertsView({ address }: { address: Address }) {
  useTitle('Alerts');
  const { state, host, process } = address;
  const open = state !== 'closed';
  const past = state === undefined || state === 'closed';
  return (
    <>
      <h1 class="for-readers">Alerts</h1>
      <Filters address={address} />
      {open && <Open host={host} process={process} state={state} />}
      {past && <Past host={host} process={process} />}
    </>
  );
}

function Open({ host, process, state }: Pick<Address, 'host' | 'process' | 'state'>) {
  const color = state === undefined ? undefined : state.toUpperCase();
  const answer = useAnswer<AlertPage>(
    withQuery(routes.alerts, { state: 'open', host, process, color, limit: MAX_OPEN }),
  );
  return (
    <section class="panel" aria-labelledby="open-alerts">
      <h2 id="open-alerts">
        Open <span class="count">{answer.answer?.alerts.length ?? ''}</span>
      </h2>
      <Whole of={answer}>{({ alerts, next }) => <OpenAlerts alerts={alerts} more={next !== undefined} />}</Whole>
    </section>
  );
}

function Past({ host, process }: Pick<Address, 'host' | 'process'>) {
  const { first, alerts, onOlder } = useAlertPages(
    withQuery(routes.alerts, { state: 'closed', host, process, limit: PAST_PAGE }),
  );
  return (
    <section class="panel" aria-labelledby="past-alerts">
      <h2 id="past-alerts">Past</h2>
      <Whole of={first}>{() => <PastAlerts alerts={alerts} onOlder={onOlder} />}</Whole>
    </section>
  );
}

/** Which alerts are shown; all of it stands in the address. */
function Filters({ address }: { address: Address }) {
  const hosts = useAnswer<HostPage>(`${routes.hosts}?limit=10000`, null);
  const take = (key: 'host' | 'process') => (event: { currentTarget: HTMLInputElement }) =>
    adjust({ [key]: event.currentTarget.value.trim() || undefined });
  return (
    <form class="toolbar" role="search" aria-label="Alerts" onSubmit={(event) => event.preventDefault()}>
      <div role="group" aria-label="State" class="choices">
        {states.map(({ state, text }) => (
          <button key={text} type="button" aria-pressed={address.state === state} onClick={() => adjust({ state })}>
            {text}
          </button>
        ))}
      </div>
      <label>
        Host{' '}
        <input
          key={address.host}
          name="host"
          list="alert-hosts"
          defaultValue={address.host ?? ''}
          onChange={take('host')}
          size={16}
        />
      </label>
      <datalist id="alert-hosts">
        {hosts.answer?.hosts.map(({ host }) => (
          <option key={host} value={host} />
        ))}
      </datalist>
      <label>
        Program{' '}
        <input
          key={address.process}
          name="process"
          defaultValue={address.process ?? ''}
          onChange={take('process')}
          size={16}
        />
      </label>
      {(address.host ?? address.process) !== undefined && (
        <button type="button" onClick={() => adjust({ host: undefined, process: undefined })}>
          All hosts and programs
        </button>
      )}
    </form>
  );
}
