import type { HostPage, HostState } from '#domain';
import { routes } from '#domain/routes';
import type { Address } from '../address.js';
import { go } from '../navigation.js';
import { useTitle } from '../parts/heading.js';
import { Name } from '../parts/name.js';
import { Whole } from '../parts/notice.js';
import { RowTable } from '../parts/row-table.js';
import { Sight } from '../parts/sight.js';
import { useAnswer } from '../server/use-answer.js';
import { percent } from '../text.js';

export function FleetView({ address }: { address: Address }) {
  useTitle('Fleet');
  const hosts = useAnswer<HostPage>(`${routes.hosts}?limit=10000`);
  return (
    <Whole of={hosts}>
      {({ hosts: rows }) => (
        <RowTable<HostState>
          caption={`Hosts ${address.q ?? ''}`}
          rows={rows}
          rowKey={({ host }) => host}
          onOpen={({ host }) => go({ view: 'host', host })}
          columns={[
            { key: 'sight', title: 'State', render: ({ color = 'GREEN' }) => <Sight of={color} /> },
            { key: 'host', title: 'Host', render: ({ host }) => <Name of={host} /> },
            { key: 'cpu', title: 'CPU', align: 'right', render: ({ usage }) => percent(usage?.cpu) },
            { key: 'mem', title: 'Memory', align: 'right', render: ({ usage }) => percent(usage?.mem) },
          ]}
        />
      )}
    </Whole>
  );
}
