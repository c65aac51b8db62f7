// One alert: what it is, its timeline, and to acknowledge or silence it. The page's address names it.
import { notesOf } from './alert-table.js';
import { drawHour } from './chart.js';
import { byId, cell, clock, element, number, row, subjectOf } from './elements.js';
import { ask } from './server.js';

const NAME = 'amberwatch-name';
const HALF_HOUR_MS = 1_800_000;
const dialog = byId('incident');
const form = byId('quiet');
let shown;
let changed = () => undefined;

/** @param onChange called when something was acknowledged or silenced */
export function watchIncident(guarded, onChange) {
  changed = onChange;
  form.elements.by.value = localStorage.getItem(NAME) ?? '';
  dialog.addEventListener('close', () => history.replaceState(null, '', location.pathname));
  form.elements.scope.addEventListener('change', () => guarded(preview));
  byId('acknowledge').addEventListener('click', () => guarded(() => ofForm(acknowledge)));
  byId('silence').addEventListener('click', () => guarded(() => ofForm(silence)));
}

/** The one that the address names, if any. */
export const askedFor = () => new URLSearchParams(location.search).get('alert');

export async function openIncident(id) {
  shown = await ask(`/api/v1/alerts/${encodeURIComponent(id)}`);
  history.replaceState(null, '', `?${new URLSearchParams({ alert: shown.id })}`);
  byId('incident-title').textContent = `${shown.color} ${shown.host} ${subjectOf(shown)}`;
  byId('incident-title').className = shown.color;
  byId('incident-facts').replaceChildren(...factsOf(shown).map((fact) => element('li', {}, [fact].flat())));
  byId('timeline').tBodies[0].replaceChildren(...shown.history.map(changeRow));
  form.hidden = shown.closed !== null;
  byId('quiet-result').textContent = '';
  await showChart();
  if (!dialog.open) dialog.showModal();
  if (shown.closed === null) await preview();
}

function changeRow({ time, color, value, reason, breach, outcome }) {
  const predicted = breach ? `, for ${clock(breach.at)} (${breach.reason})` : '';
  return row([
    cell(clock(time)),
    cell(color, color),
    cell(number(value), 'number'),
    cell(`${reason.replaceAll('-', ' ')}${predicted}${outcome ? `: ${outcome}` : ''}`, 'name'),
  ]);
}

function factsOf(alert) {
  const { value, current, peak, limit, closed, opened, rule, culprits = [], runbook } = alert;
  const ending = closed ? `ended ${clock(closed)}` : `now ${number(current ?? value)} %`;
  const quietBy = [alert.acknowledged, alert.silenced].filter(Boolean);
  return [
    `${ending}, at most ${number(peak ?? value)} %, limit ${number(limit, 0)} %, since ${clock(opened)} UTC`,
    ...notesOf({ ...alert, breachAt: alert.breach?.at, probability: alert.breach?.probability }),
    ...quietBy.map(({ id, by }) => endButton(id, by)),
    ...culprits.map(({ process, count, share }) => `${process} (${count}): ${number(share)} %`),
    ...(rule ? [`rule ${rule}`] : []),
    ...(runbook ? [[`runbook `, element('a', { text: runbook, href: runbook, rel: 'noopener noreferrer' })]] : []),
    `id ${alert.id}`,
  ];
}

function endButton(id, by) {
  const button = element('button', { type: 'button', text: `End what ${by} said` });
  button.addEventListener('click', () =>
    saying(async () => {
      await ask(`/api/v1/silences/${encodeURIComponent(id)}`, { method: 'DELETE' });
      return 'ended';
    }),
  );
  return button;
}

async function showChart() {
  const svg = dialog.querySelector('svg');
  svg.toggleAttribute('hidden', shown.process === null);
  if (shown.process === null) return;
  const to = Math.min(Date.now(), Date.parse(shown.opened) + HALF_HOUR_MS);
  await drawHour(svg, shown, to, shown.limit ?? 80);
}

/** A name as a pattern that matches it and nothing else. */
const exactly = (name) => name.replace(/[\\*?]/g, (character) => `\\${character}`);

function matchOf({ host, process, unit, metric, device }) {
  const own = unit ? { unit: exactly(unit) } : { of: 'host', metric, ...(device && { device: exactly(device) }) };
  const program = process === null ? own : { process: exactly(process) };
  switch (form.elements.scope.value) {
    case 'host':
      return { host: exactly(host) };
    case 'everywhere':
      return program;
    default:
      return { host: exactly(host), ...program };
  }
}

async function preview() {
  const found = await ask('/api/v1/silences/preview', { method: 'POST', body: { match: matchOf(shown) } });
  const named = found.alerts.slice(0, 5).map((alert) => `${alert.host} ${subjectOf(alert)}`);
  const more = found.alertCount > named.length ? ` and ${found.alertCount - named.length} more` : '';
  byId('preview').textContent =
    `A silence would mute ${found.alertCount} open ${found.alertCount === 1 ? 'alert' : 'alerts'} ` +
    `(${named.join(', ')}${more}) and what comes on ${found.hostCount} ${found.hostCount === 1 ? 'host' : 'hosts'}.`;
}

async function acknowledge() {
  const body = { by: form.elements.by.value, why: form.elements.why.value };
  await ask(`/api/v1/alerts/${encodeURIComponent(shown.id)}/acknowledgement`, { method: 'PUT', body });
  return 'acknowledged';
}

async function silence() {
  const until = new Date(Date.now() + Number(form.elements.hours.value) * 3_600_000).toISOString();
  const body = { match: matchOf(shown), by: form.elements.by.value, why: form.elements.why.value, until };
  await ask('/api/v1/silences', { method: 'POST', body });
  return 'silenced';
}

/** Who says it and why is needed, and remembered. */
async function ofForm(work) {
  if (!form.reportValidity()) return;
  localStorage.setItem(NAME, form.elements.by.value);
  await saying(work);
}

/** Does it, shows the alert as it is then, and says how it went. */
async function saying(work) {
  let said;
  try {
    said = await work();
    await openIncident(shown.id);
    changed();
  } catch (error) {
    said = error.message;
  }
  byId('quiet-result').textContent = said;
}
