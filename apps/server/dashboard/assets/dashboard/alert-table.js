// The table of open alerts.
import { byId, cell, clock, element, number, onOpen, row } from './elements.js';

const MAX_ROWS = 500;
const MIN_ID = 4;

/** How many characters of an id tell all of them apart. */
function idLength(alerts) {
  const ids = alerts.map(({ id }) => id).sort();
  let length = MIN_ID;
  for (let i = 1; i < ids.length; i++) {
    while (length < ids[i].length && ids[i].slice(0, length) === ids[i - 1].slice(0, length)) length++;
  }
  return length;
}

/** Who keeps it quiet and what else is to be known of it, one line each. */
export function notesOf(alert) {
  const quiet = ({ by, why, until }) => `by ${by} until ${clock(until)}: ${why}`;
  return [
    alert.acknowledged && `acknowledged ${quiet(alert.acknowledged)}`,
    alert.silenced && `silenced ${quiet(alert.silenced)}`,
    alert.flapping && 'flapping: quiet until it is calm',
    alert.belowSince && `back below its limit since ${clock(alert.belowSince)}`,
    alert.breachAt && `predicted for ${clock(alert.breachAt)}, ${Math.round((alert.probability ?? 0) * 100)} % likely`,
  ].filter(Boolean);
}

export function showAlerts(alerts, open) {
  byId('alert-count').textContent = alerts.length > MAX_ROWS ? `${MAX_ROWS} of ${alerts.length}` : alerts.length || '';
  byId('alerts').hidden = alerts.length === 0;
  const length = idLength(alerts);
  const rows = alerts.slice(0, MAX_ROWS).map((alert) => {
    const quiet = alert.acknowledged || alert.silenced || alert.flapping;
    const tr = row([
      cell(alert.color, alert.color),
      cell(alert.host, 'name'),
      cell(alert.process ?? alert.unit ?? '(host)', 'name'),
      cell(alert.device ? `${alert.metric} ${alert.device}` : alert.metric),
      cell(number(alert.current ?? alert.value), 'number'),
      cell(number(alert.peak ?? alert.value), 'number'),
      cell(number(alert.limit, 0), 'number'),
      cell(clock(alert.since)),
      element(
        'td',
        { className: 'name' },
        notesOf(alert).map((text) => element('div', { text })),
      ),
      cell(alert.id.slice(0, length), 'id'),
    ]);
    if (quiet) tr.classList.add('quiet');
    onOpen(tr, () => open(alert.id));
    return tr;
  });
  byId('alerts').tBodies[0].replaceChildren(...rows);
}
