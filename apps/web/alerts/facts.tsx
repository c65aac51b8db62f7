import type { ComponentChildren } from 'preact';
import type { Alert } from '#domain';
import { Link } from '../parts/link.js';
import { Name } from '../parts/name.js';
import { Time } from '../parts/time.js';
import { bytes, many, percent, span } from '../text.js';
import { level } from './alert-words.js';

/** What is known of an alert: where it is, its figures, and who may be the cause. */
export function Facts({ alert }: { alert: Alert }) {
  const { host, process, unit, peak, value, limit, opened, closed, rule, count, largest, limitBytes } = alert;
  return (
    <dl class="facts">
      <Fact name="Host">
        <Link to={{ view: 'host', host }}>
          <Name of={host} />
        </Link>
      </Fact>
      {process !== null && (
        <Fact name="Program">
          <Link to={{ view: 'program', host, process }}>
            <Name of={process} />
          </Link>
        </Fact>
      )}
      {unit !== undefined && (
        <Fact name="Unit">
          <Link to={{ view: 'unit', host, unit }}>
            <Name of={unit} />
          </Link>
        </Fact>
      )}
      <Fact name="Opened">
        <Time of={opened} whole />
      </Fact>
      {closed !== null && (
        <Fact name="Ended">
          <Time of={closed} whole />, after {span(Math.max(0, Date.parse(closed) - Date.parse(opened)))}
        </Fact>
      )}
      {limit !== null && <Fact name="Limit">{level(limit)}</Fact>}
      {limitBytes !== undefined && <Fact name="Memory limit">{bytes(limitBytes)}</Fact>}
      {(peak ?? value) !== null && <Fact name="Peak">{percent(peak ?? value)}</Fact>}
      {count !== undefined && <Fact name="At RED">{many(count, 'process', 'processes')}</Fact>}
      {largest !== undefined && <Fact name="Largest process at RED">{percent(largest)}</Fact>}
      <Causes alert={alert} />
      {rule !== undefined && (
        <Fact name="Rule">
          <Name of={rule} />
        </Fact>
      )}
      <Runbook of={alert.runbook} />
      <Fact name="Id">
        <code>{alert.id}</code>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Programs that have a share in it: of a host the largest, of a unit what grew and what the kernel takes. */
function Causes({ alert: { host, culprits = [], victim, grower, growth, closed, reason } }: { alert: Alert }) {
  const program = (process: string) => (
    <Link to={{ view: 'program', host, process }}>
      <Name of={process} />
    </Link>
  );
  return (
    <>
      {culprits.length > 0 && (
        <Fact name="Culprits">
          <ul>
            {culprits.map(({ process, count, share }) => (
              <li key={process}>
                {program(process)} ({many(count, 'process', 'processes')}): {percent(share)} of the host
              </li>
            ))}
          </ul>
        </Fact>
      )}
      {victim !== undefined && (
        <Fact name={reason === 'oom-killed' || closed !== null ? 'Killed by the kernel' : 'The kernel would take'}>
          {program(victim)}
        </Fact>
      )}
      {grower !== undefined && (
        <Fact name="Grew the most">
          {program(grower)}
          {growth && (
            <>
              , {bytes(growth.bytesPerMinute)} a minute since <Time of={growth.since} />
            </>
          )}
        </Fact>
      )}
    </>
  );
}

/** Links lead out of the page: only to the web, whatever a record says. */
function Runbook({ of }: { of: string | undefined }) {
  if (of === undefined) return null;
  return (
    <Fact name="Runbook">
      {/^https?:\/\//i.test(of) ? (
        <a href={of} rel="noopener noreferrer">
          <Name of={of} />
        </a>
      ) : (
        <Name of={of} />
      )}
    </Fact>
  );
}
