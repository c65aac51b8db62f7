import type { AlarmState, FleetHost, FleetView as Fleet } from '#domain';
import { routes } from '#domain/routes';
import { alertWords, worstOfHosts, type OpenAlert } from '../parts/alert-words.js';
import { useTitle } from '../parts/heading.js';
import { Name } from '../parts/name.js';
import { Sight, sightWord, type SightName } from '../parts/sight.js';
import { useNow } from '../parts/use-now.js';
import { withQuery } from '../server/ask.js';
import { connection } from '../server/connection.js';
import { useAnswer } from '../server/use-answer.js';
import { useStore } from '../store.js';
import { localClock, localTime, many, nameText, percent, span, whole } from '../text.js';
import { useRoom } from './use-room.js';
import './wall.css';

/** For a screen across the room: how all is, and the worst hosts as large as they fit. Nothing on it can be clicked. */
export function WallView({ alarm, sight }: { alarm: AlarmState | undefined; sight: SightName }) {
  useTitle('Wall');
  const { area, tiles, columns } = useRoom();
  const { answer: fleet, error } = useAnswer<Fleet>(withQuery(routes.fleet, { limit: tiles }));
  const { state } = useStore(connection);
  const nowMs = useNow(1_000);
  const lost = state === 'lost';
  const worst = worstOfHosts(alarm);
  const shown = fleet?.hosts.slice(0, tiles) ?? [];
  return (
    <main class={`wall${lost ? ' wall-lost' : ''}`} style={{ transform: drift(nowMs) }}>
      {lost && <Lost nowMs={nowMs} />}
      <header class="wall-head">
        <h1 class="wall-sight">
          <Sight of={lost ? 'blind' : sight} />
          {lost && sight !== 'blind' && <span class="wall-was">was {sightWord(sight)}</span>}
        </h1>
        {fleet && <Counts of={fleet.counts} />}
        <time class="wall-clock" dateTime={new Date(nowMs).toISOString()}>
          {localClock(nowMs)}
          <span class="wall-date">{localTime(nowMs).slice(0, 10)}</span>
        </time>
      </header>
      <div class="wall-tiles" ref={area} style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
        {shown.map((host) => (
          <Tile key={host.host} host={host} alert={worst.get(host.host)} nowMs={nowMs} />
        ))}
        {fleet?.counts.hosts === 0 && <p class="wall-none">No host has reported yet.</p>}
        {!fleet && <p class="wall-none">{error ? error.message : 'Loading …'}</p>}
      </div>
      <footer class="wall-foot">
        {fleet && fleet.matched > shown.length && <p>and {many(fleet.matched - shown.length, 'more host')}</p>}
        {alarm && alarm.blind.length > 0 && (
          <p class="wall-blind">
            <Sight of="blind" word="May not see all" /> {nameText(alarm.blind.join('; '))}
          </p>
        )}
      </footer>
    </main>
  );
}

/** Some pixels to and fro, a step a minute, so that nothing burns into the screen. */
function drift(nowMs: number): string {
  const minute = Math.floor(nowMs / 60_000);
  return `translate(${(6 * Math.sin(minute)).toFixed(1)}px, ${(6 * Math.cos(minute * 0.7)).toFixed(1)}px)`;
}

function Lost({ nowMs }: { nowMs: number }) {
  const { heardAt } = useStore(connection);
  return (
    <p class="wall-stale" role="alert">
      {heardAt === undefined
        ? 'The server does not answer.'
        : `No news from the server since ${localClock(heardAt)}, for ${span(nowMs - heardAt)}. What stands here is old.`}
    </p>
  );
}

function Counts({ of: counts }: { of: Fleet['counts'] }) {
  const ok = counts.hosts - counts.red - counts.amber - counts.blind;
  const parts = [
    ['red', counts.red],
    ['amber', counts.amber],
    ['blind', counts.blind],
    ['ok', ok],
  ] as const;
  return (
    <ul class="wall-counts" aria-label="Hosts">
      {parts.map(([sight, count]) => (
        <li key={sight} class={count === 0 ? 'wall-zero' : ''}>
          <strong>{whole(count)}</strong> <Sight of={sight} />
        </li>
      ))}
    </ul>
  );
}

function Tile({ host, alert, nowMs }: { host: FleetHost; alert: OpenAlert | undefined; nowMs: number }) {
  const { sight, status, cpu, mem, disk, red, amber, lastSeen } = host;
  const silent = status === 'ok' ? '' : `${status} for ${span(nowMs - Date.parse(lastSeen))}`;
  const words = alert ? alertWords(alert, nowMs) : host.worst ? nameText(host.worst) : silent;
  return (
    <section class={`wall-tile wall-${sight}`}>
      <h2>
        <Sight of={sight} /> <Name of={host.host} />
      </h2>
      {words !== '' && (
        <p class="wall-words">
          {words}
          {red + amber > 1 && <span class="wall-more"> and {whole(red + amber - 1)} more</span>}
        </p>
      )}
      <p class="wall-figures">
        <span>CPU {percent(cpu)}</span> <span>memory {percent(mem)}</span>{' '}
        {disk && <span>disk {percent(disk.usedPercent)}</span>}
      </p>
    </section>
  );
}
