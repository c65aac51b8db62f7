import type { FleetService, FleetView as Fleet } from '#domain';
import { adjust } from '../navigation.js';
import { Meter } from '../parts/meter.js';
import { Name } from '../parts/name.js';
import { type Column, RowTable } from '../parts/row-table.js';
import { Sight } from '../parts/sight.js';
import { many, whole } from '../text.js';

/** What each order puts first; a service of few hosts may be in as much trouble as one of many. */
const ranks: Record<string, (service: FleetService) => number> = {
  trouble: ({ red, amber, blind }) => red * 1e12 + amber * 1e6 + blind,
  hosts: ({ hosts }) => hosts,
  cpu: ({ cpu }) => cpu ?? -1,
  mem: ({ mem }) => mem ?? -1,
  disk: ({ disk }) => disk ?? -1,
  programs: ({ programs }) => programs,
};

/** Services with the means over their hosts. */
export function ServiceTable({ fleet: { services }, order = 'trouble' }: { fleet: Fleet; order?: string | undefined }) {
  const rank = Object.hasOwn(ranks, order) ? ranks[order] : undefined;
  // The server gives them by name, and what is equal stays so.
  const rows = rank ? [...services].sort((a, b) => rank(b) - rank(a)) : services;
  return (
    <div class="fleet-table">
      <RowTable<FleetService>
        caption="Services, with the means over their hosts"
        columns={columns}
        rows={rows}
        rowKey={({ service }) => service ?? ''}
        order={rank ? order : 'host'}
        ascending={!rank}
        onOrder={(key) => adjust({ order: key === 'trouble' ? undefined : key })}
        onOpen={({ service }) =>
          adjust({ service: service ?? '', group: undefined, order: undefined }, { replace: false })
        }
      />
    </div>
  );
}

const right = { align: 'right', sortable: true } as const;
const columns: Column<FleetService>[] = [
  { key: 'trouble', title: 'State', sortable: true, render: (service) => <Sights of={service} /> },
  {
    key: 'host',
    title: 'Service',
    sortable: true,
    render: ({ service }) => (service === null ? <span class="quiet">of no service</span> : <Name of={service} />),
  },
  { key: 'hosts', title: 'Hosts', ...right, render: ({ hosts }) => whole(hosts) },
  { key: 'cpu', title: 'CPU', about: 'Mean, % of all cores', ...right, render: ({ cpu }) => <Meter of={cpu} /> },
  { key: 'mem', title: 'Memory', about: 'Mean, %', importance: 3, ...right, render: ({ mem }) => <Meter of={mem} /> },
  {
    key: 'disk',
    title: 'Disk',
    about: 'Mean of the fullest file systems, %',
    importance: 2,
    ...right,
    render: ({ disk }) => <Meter of={disk} />,
  },
  {
    key: 'programs',
    title: 'Programs',
    about: 'Of all its hosts',
    importance: 2,
    ...right,
    render: ({ programs }) => whole(programs),
  },
];

function Sights({ of: service }: { of: FleetService }) {
  const states = (['red', 'amber', 'blind'] as const).filter((state) => service[state] > 0);
  if (states.length === 0) return <Sight of="ok" />;
  return (
    <span
      class="service-sights"
      title={states.map((state) => many(service[state], `host ${state}`, `hosts ${state}`)).join(', ')}
    >
      {states.map((state) => (
        <Sight key={state} of={state} word={`${whole(service[state])} ${state.toUpperCase()}`} />
      ))}
    </span>
  );
}
