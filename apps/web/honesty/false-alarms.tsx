import type { FalseAlarms } from '#domain';
import { Link } from '../parts/link.js';
import { Name } from '../parts/name.js';
import { Scroll } from '../parts/scroll.js';
import { Time } from '../parts/time.js';
import { figure, many, signed, whole } from '../text.js';

/** How many false alarms a week are asked for, how many came, and what other numbers would have cost. */
export function FalseAlarmsPart({ found }: { found: FalseAlarms }) {
  const { aWeek, cameAWeek, falses, hits, hosts, hostWeeks, withheldFalses, withheldHits } = found;
  const costs = found.costs.filter(({ of }) => of > 0);
  return (
    <section class="panel">
      <h2>False alarms a week</h2>
      <dl class="figures">
        <div>
          <dt>Asked for</dt>
          <dd>
            <strong>{aWeek === null ? 'no limit' : figure(aWeek)}</strong>
            <span>{aWeek === null ? 'AMBERWATCH_FALSE_A_WEEK sets one' : 'a week and host at most'}</span>
          </dd>
        </div>
        <div>
          <dt>Came</dt>
          <dd>
            <strong>{cameAWeek === null ? 'too early to say' : cameAWeek.toFixed(2)}</strong>
            <span>
              {falses} false and {hits} true since <Time of={found.from} />
            </span>
            <span class="quiet">
              {many(hosts, 'host')} watched for {figure(hostWeeks)} weeks together
            </span>
          </dd>
        </div>
        {aWeek !== null && (
          <div>
            <dt>Held back</dt>
            <dd>
              <strong>{whole(withheldFalses + withheldHits)}</strong>
              <span>
                {withheldFalses} that would have been false, {withheldHits} that would have come true
              </span>
            </dd>
          </div>
        )}
      </dl>
      {costs.length > 0 && (
        <>
          <h3>What another limit would have cost</h3>
          <ul class="costs">
            {costs.map((one) => (
              <li key={one.aWeek}>
                At {figure(one.aWeek)} a week, {one.kept} of {many(one.of, 'breach', 'breaches')} would still have had a
                warning, with {many(one.falses, 'false alarm')}.
              </li>
            ))}
          </ul>
        </>
      )}
      {found.worst.length > 0 && <Worst worst={found.worst} />}
    </section>
  );
}

function Worst({ worst }: { worst: FalseAlarms['worst'] }) {
  return (
    <>
      <h3>Hosts with most false alarms</h3>
      <Scroll label="Hosts with most false alarms">
        <table>
          <caption class="for-readers">Hosts with most false alarms</caption>
          <thead>
            <tr>
              <th scope="col">Host</th>
              <th scope="col" class="right">
                False
              </th>
              <th scope="col" class="right">
                True
              </th>
              <th scope="col" class="right">
                Weeks
              </th>
              <th
                scope="col"
                class="right importance-3"
                title="Log-odds that a claim needs there beyond what was trained"
              >
                Asked beyond
              </th>
            </tr>
          </thead>
          <tbody>
            {worst.map(({ host, falses, hits, weeks, offset }) => (
              <tr key={host}>
                <td>
                  <Link to={{ view: 'host', host }}>
                    <Name of={host} />
                  </Link>
                </td>
                <td class="right">{whole(falses)}</td>
                <td class="right">{whole(hits)}</td>
                <td class="right">{figure(weeks)}</td>
                <td class="right importance-3">{signed(offset, (value) => value.toFixed(2))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}
