import { useMemo } from 'preact/hooks';
import type { AlarmState, FleetHost, FleetOrder, FleetView as Fleet } from '#domain';
import { adjust, go } from '../navigation.js';
import { alertWords, type OpenAlert, worstOfHosts } from '../parts/alert-words.js';
import { Link } from '../parts/link.js';
import { Meter } from '../parts/meter.js';
import { Name } from '../parts/name.js';
import { type Column, RowTable } from '../parts/row-table.js';
import { Sight } from '../parts/sight.js';
import { Ago } from '../parts/time.js';
import { useNow } from '../parts/use-now.js';
import { NONE, nameText, whole } from '../text.js';

const orders: Record<FleetOrder, string> = {
  trouble: 'State',
  host: 'Host',
  cpu: 'CPU',
  mem: 'Memory',
  disk: 'Disk',
  programs: 'Programs',
  lastSeen: 'Last seen',
};

export const knownOrder = (text: string | undefined): FleetOrder | undefined =>
  text !== undefined && Object.hasOwn(orders, text) ? (text as FleetOrder) : undefined;

/** Hosts in the order in which the server ranked them. */
export function FleetTable({
  fleet,
  alarm,
  order,
  onMore,
}: {
  fleet: Fleet;
  alarm: AlarmState | undefined;
  order: FleetOrder;
  onMore: () => void;
}) {
  const nowMs = useServerTime(fleet);
  const worst = useMemo(() => worstOfHosts(alarm), [alarm]);
  return (
    <div class="fleet-table">
      <RowTable<FleetHost>
        caption={`Hosts, by ${orders[order].toLowerCase()}`}
        columns={columnsAt(nowMs, worst)}
        rows={fleet.hosts}
        rowKey={({ host }) => host}
        total={fleet.matched}
        onMore={onMore}
        order={order}
        ascending={order === 'host'}
        onOrder={(key) => adjust({ order: key === 'trouble' ? undefined : key })}
        onOpen={({ host }) => go({ view: 'host', host })}
        rowClass={({ sight }) => `fleet-${sight}`}
      />
    </div>
  );
}

/** The time by the server's clock: the clock of whoever looks may be wrong. */
function useServerTime({ time }: Fleet): number {
  const now = useNow();
  const answeredMs = useMemo(() => Date.now(), [time]);
  return Date.parse(time) + Math.max(0, now - answeredMs);
}

function columnsAt(nowMs: number, worst: Map<string, OpenAlert>): Column<FleetHost>[] {
  const sortable = true;
  const right = { align: 'right', sortable } as const;
  return [
    { key: 'trouble', title: orders.trouble, sortable, render: ({ sight }) => <Sight of={sight} /> },
    {
      key: 'host',
      title: orders.host,
      sortable,
      render: ({ host }) => (
        <Link to={{ view: 'host', host }} class="fleet-host">
          <Name of={host} />
        </Link>
      ),
    },
    {
      key: 'worst',
      title: 'Worst alert',
      render: (host) => <Worst of={host} alert={worst.get(host.host)} at={nowMs} />,
    },
    {
      key: 'service',
      title: 'Service',
      importance: 1,
      render: ({ service }) => (service === null ? <span class="quiet">{NONE}</span> : <Name of={service} />),
    },
    {
      key: 'cpu',
      title: orders.cpu,
      about: '% of all cores',
      importance: 3,
      ...right,
      render: ({ cpu }) => <Meter of={cpu} />,
    },
    {
      key: 'mem',
      title: orders.mem,
      about: '% of memory',
      importance: 3,
      ...right,
      render: ({ mem }) => <Meter of={mem} />,
    },
    {
      key: 'disk',
      title: orders.disk,
      about: 'The fullest file system, % of its size',
      importance: 2,
      ...right,
      render: ({ disk }) => <Meter of={disk?.usedPercent} title={disk ? nameText(disk.path) : undefined} />,
    },
    {
      key: 'programs',
      title: orders.programs,
      importance: 1,
      ...right,
      render: ({ programs }) => whole(programs),
    },
    {
      key: 'lastSeen',
      title: orders.lastSeen,
      importance: 1,
      ...right,
      render: ({ lastSeen }) => <Ago of={lastSeen} nowMs={nowMs} />,
    },
  ];
}

function Worst({ of: host, alert, at }: { of: FleetHost; alert: OpenAlert | undefined; at: number }) {
  const more = host.red + host.amber - 1;
  const words = alert ? alertWords(alert, at) : host.worst && nameText(host.worst);
  if (words === undefined) {
    const why = { 'no data': 'no data', paused: 'paused', ok: host.sight === 'blind' ? 'can’t be judged' : '' };
    return <span class="quiet">{why[host.status]}</span>;
  }
  const quiet = alert?.silenced ? 'silenced' : alert?.acknowledged && 'acknowledged';
  return (
    <span class="fleet-worst" title={words}>
      {alert ? <Link to={{ view: 'alert', alert: alert.id }}>{words}</Link> : words}
      {quiet && <span class="quiet"> {quiet}</span>}
      {more > 0 && <span class="quiet"> and {whole(more)} more</span>}
    </span>
  );
}
