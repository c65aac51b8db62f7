// The table of hosts, the worst first.
import { byId, cell, clock, number, row } from './elements.js';

const MAX_ROWS = 500;
const rank = { RED: 0, AMBER: 1, GREEN: 2 };

export function showHosts(hosts) {
  byId('host-count').textContent = hosts.length > MAX_ROWS ? `${MAX_ROWS} of ${hosts.length}` : hosts.length;
  const rows = hosts
    .toSorted((a, b) => rank[a.color] - rank[b.color])
    .slice(0, MAX_ROWS)
    .map((host) =>
      row([
        cell(host.color, host.color),
        cell(host.host, 'name'),
        cell(host.service ?? '–', 'name'),
        cell(host.status, host.status === 'ok' ? '' : 'BLIND'),
        cell(number(host.usage?.cpu), 'number'),
        cell(number(host.usage?.mem), 'number'),
        cell(host.programs, 'number'),
        cell(clock(host.lastTime)),
      ]),
    );
  byId('hosts').tBodies[0].replaceChildren(...rows);
}
