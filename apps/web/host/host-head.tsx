import type { Alert, HostState } from '#domain';
import { Link } from '../parts/link.js';
import { Name } from '../parts/name.js';
import { Sight, type SightName } from '../parts/sight.js';
import { Time } from '../parts/time.js';
import { figure, nameText, percent, span, subjectText, whole } from '../text.js';

/** Open alerts that are named; the rest is counted. */
const NAMED = 5;

/** What the host is and how it does now, with its open alerts. */
export function HostHead({ host, alerts }: { host: HostState; alerts: readonly Alert[] }) {
  const open = alerts.filter(({ closed }) => closed === null);
  const disk = host.usage?.disks?.toSorted((a, b) => b.usedPercent - a.usedPercent)[0];
  return (
    <>
      <div class="host-head">
        <h1>
          <Name of={host.host} />
        </h1>
        <Sight of={sightOf(host, open)} large />
        {host.status !== 'ok' && <span class="quiet">{host.status}</span>}
        <dl class="host-facts">
          <Fact term="CPU" text={percent(host.usage?.cpu)} about="of all cores" />
          <Fact term="Cores" text={whole(host.usage?.cores)} />
          <Fact term="Memory" text={percent(host.usage?.mem)} />
          {disk && <Fact term={`Disk ${nameText(disk.path)}`} text={percent(disk.usedPercent)} />}
          <Fact term="Programs" text={whole(host.programs)} />
          {host.service !== null && <Fact term="Service" text={nameText(host.service)} />}
          <div>
            <dt>Last tick</dt>
            <dd>
              <Time of={host.lastTime} />
              {host.intervalMs !== null && <span class="quiet"> every {span(host.intervalMs)}</span>}
            </dd>
          </div>
        </dl>
        <nav class="host-links" aria-label="Of this host">
          <Link to={{ view: 'alerts', host: host.host }}>Alerts</Link>
          <Link to={{ view: 'changes', host: host.host }}>What changed</Link>
        </nav>
      </div>
      {open.length > 0 && (
        <ul class="host-alerts" aria-label="Open alerts">
          {open.slice(0, NAMED).map((alert) => (
            <li key={alert.id}>
              <Link to={{ view: 'alert', alert: alert.id }}>
                <Sight of={alert.color} /> {subjectText(alert)}
              </Link>{' '}
              <span class="quiet">
                {alert.value === null ? '' : `${figure(alert.value)} % `}since <Time of={alert.since} />
              </span>
            </li>
          ))}
          {open.length > NAMED && <li class="quiet">and {open.length - NAMED} more</li>}
        </ul>
      )}
    </>
  );
}

function Fact({ term, text, about }: { term: string; text: string; about?: string }) {
  return (
    <div title={about}>
      <dt>
        <Name of={term} />
      </dt>
      <dd>
        <Name of={text} />
      </dd>
    </div>
  );
}

/** The worst of its open alerts; without one, a host that may not be seen is blind. */
function sightOf({ color, status }: HostState, open: readonly Alert[]): SightName {
  const worst = open.find((alert) => alert.color === 'RED') ?? open[0];
  if (worst) return worst.color;
  return status === 'ok' && color === 'GREEN' ? 'ok' : 'blind';
}
