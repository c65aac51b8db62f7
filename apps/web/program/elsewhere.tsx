import type { ProgramUsage, UsagePage } from '#domain';
import { routes } from '#domain/routes';
import { go } from '../navigation.js';
import { Link } from '../parts/link.js';
import { Name } from '../parts/name.js';
import { Whole } from '../parts/notice.js';
import { RowTable } from '../parts/row-table.js';
import { withQuery } from '../server/ask.js';
import { useAnswer } from '../server/use-answer.js';
import { bytes, figure, percent } from '../text.js';

/** Hosts that are listed beside this one. */
const MAX_HOSTS = 20;

/** Which hosts run a program, those that use the most of it first. */
export function Elsewhere({ host, process }: { host: string; process: string }) {
  const asked = useAnswer<UsagePage>(withQuery(routes.usage, { process, order: 'cpuTotal', limit: MAX_HOSTS }));
  return (
    <section class="panel" aria-labelledby="program-elsewhere">
      <h2 id="program-elsewhere">Where it runs</h2>
      <p class="quiet">Means of the last five minutes; hosts that use the most first.</p>
      <Whole of={asked}>
        {({ programs, next }) => (
          <>
            <RowTable<ProgramUsage>
              caption="Hosts that run it"
              rows={programs}
              rowKey={(one) => one.host}
              rowClass={(one) => (one.host === host ? 'row-this' : '')}
              onOpen={(one) => go({ view: 'program', host: one.host, process })}
              columns={[
                {
                  key: 'host',
                  title: 'Host',
                  render: (one) => (
                    <Link to={{ view: 'program', host: one.host, process }} current={one.host === host}>
                      <Name of={one.host} />
                    </Link>
                  ),
                },
                {
                  key: 'cpu',
                  title: 'CPU',
                  about: '% of one core',
                  align: 'right',
                  render: (one) => percent(one.cpuTotal),
                },
                {
                  key: 'mem',
                  title: 'Memory',
                  about: '% of memory',
                  align: 'right',
                  render: (one) => percent(one.memTotal),
                },
                { key: 'rss', title: 'Resident', align: 'right', importance: 2, render: (one) => bytes(one.rssBytes) },
                { key: 'count', title: 'Processes', align: 'right', importance: 2, render: (one) => figure(one.count) },
              ]}
            />
            {programs.length === 0 && <p>No host has run it in the last five minutes.</p>}
            {next !== undefined && <p class="quiet">and more hosts</p>}
          </>
        )}
      </Whole>
    </section>
  );
}
