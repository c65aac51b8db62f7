import type { AlarmState } from '#domain';
import type { Address, View } from './address.js';
import { openPalette } from './palette/palette.js';
import { Link } from './parts/link.js';
import { Sight, type SightName } from './parts/sight.js';
import { connection } from './server/connection.js';
import { liveness } from './server/live.js';
import { SessionButton } from './server/session.js';
import { useStore } from './store.js';
import { localClock, localTime, many, nameText } from './text.js';

const views: { view: View; text: string }[] = [
  { view: 'fleet', text: 'Fleet' },
  { view: 'alerts', text: 'Alerts' },
  { view: 'changes', text: 'Changes' },
  { view: 'honesty', text: 'Honesty' },
];

/** The state of all, the way to the views, and how old what is shown may be. */
export function Header({
  address,
  sight,
  alarm,
}: {
  address: Address;
  sight: SightName;
  alarm: AlarmState | undefined;
}) {
  return (
    <header class="header">
      <Link to={{ view: 'fleet' }} class="brand">
        Amberwatch
      </Link>
      <span role="status" class="header-sight">
        <Sight of={sight} />
      </span>
      <nav aria-label="Views">
        {views.map(({ view, text }) => (
          <Link key={view} to={{ view }} current={address.view === view}>
            {text}
            {view === 'alerts' && alarm && alarm.alerts.length > 0 && (
              <>
                {' '}
                <span class="count">{alarm.alerts.length}</span>
              </>
            )}
          </Link>
        ))}
      </nav>
      <button type="button" class="find" onClick={() => openPalette()} aria-keyshortcuts="Control+K /">
        Find … <kbd aria-hidden="true">/</kbd>
      </button>
      <SessionButton />
      <Freshness />
      {alarm && <Blind reasons={alarm.blind} />}
    </header>
  );
}

/** Why not all can be seen: the first reason always, all of them when asked for. */
function Blind({ reasons }: { reasons: string[] }) {
  const [first, ...more] = reasons.map(reasonText);
  if (first === undefined) return null;
  const said = (
    <>
      <Sight of="blind" word="May not see all" /> {first}
    </>
  );
  if (more.length === 0) return <p class="blind-reasons">{said}</p>;
  return (
    <details class="blind-reasons">
      <summary>
        {said}, and {many(more.length, 'more reason')}
      </summary>
      <ul>
        {more.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </details>
  );
}

/** A reason in which the time that it ends with is local, as all times on the page. */
function reasonText(reason: string): string {
  return nameText(reason).replace(/(?<= since )\d{4}-\d\d-\d\dT[\d:.]+Z$/, (time) => localTime(Date.parse(time)));
}

/** How news come, and since when none has come. */
function Freshness() {
  const { state, heardAt } = useStore(connection);
  const way = useStore(liveness);
  if (state === 'first') return <span class="fresh">connecting …</span>;
  if (state === 'heard') {
    return (
      <span class="fresh" title={way === 'stream' ? 'News come as they happen' : 'Asked every 5 s'}>
        {way === 'stream' ? 'live' : 'polling'}
      </span>
    );
  }
  return (
    <span class="fresh lost" role="alert">
      {heardAt === undefined ? 'The server does not answer.' : `No news from the server since ${localClock(heardAt)}.`}
    </span>
  );
}
