// Every text from outside goes in by textContent only, never as HTML.
const byId = (id) => document.getElementById(id);
const REFRESH_MS = 5000;
const MAX_ROWS = 500;
const store = { programs: [], sort: 'cpuTotal', token: sessionStorage.getItem('amberwatch-token') ?? '' };

class NeedsToken extends Error {}

async function ask(path) {
  const headers = store.token ? { authorization: `Bearer ${store.token}` } : {};
  const response = await fetch(path, { headers });
  if (response.status === 401) throw new NeedsToken();
  if (!response.ok) throw new Error((await response.json()).message);
  return response.json();
}

function cell(text, className) {
  const td = document.createElement('td');
  td.textContent = text;
  if (className) td.className = className;
  return td;
}

function row(cells) {
  const tr = document.createElement('tr');
  tr.append(...cells);
  return tr;
}

const number = (value, digits = 1) => (value === null || value === undefined ? '–' : value.toFixed(digits));
const clock = (iso) => (iso ? iso.slice(0, 19).replace('T', ' ') : '–');

function bytes(value) {
  if (value === null) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let rest = value;
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  return `${rest.toFixed(unit ? 1 : 0)} ${units[unit]}`;
}

function showAlerts(state) {
  byId('state').textContent = state.color;
  byId('state').className = `badge ${state.color}`;
  document.title = `${state.color === 'GREEN' ? '' : `${state.color} · `}Amberwatch`;
  byId('blind').textContent = state.blind.length ? `May not see all: ${state.blind.join('; ')}` : '';
  byId('alert-count').textContent = state.alerts.length || '';
  byId('alerts').hidden = state.alerts.length === 0;
  byId('no-alerts').hidden = state.alerts.length > 0;
  const rows = state.alerts
    .slice(0, MAX_ROWS)
    .map((alert) =>
      row([
        cell(alert.color, alert.color),
        cell(alert.host, 'name'),
        cell(alert.process ?? '(host)', 'name'),
        cell(alert.device ? `${alert.metric} ${alert.device}` : alert.metric),
        cell(number(alert.value), 'number'),
        cell(number(alert.limit, 0), 'number'),
        cell(clock(alert.since)),
        cell(alert.breachAt ? `${clock(alert.breachAt)}, ${Math.round((alert.probability ?? 0) * 100)} % likely` : ''),
      ]),
    );
  byId('alerts').tBodies[0].replaceChildren(...rows);
}

function showHosts(hosts) {
  byId('host-count').textContent = hosts.length;
  const rows = hosts
    .slice(0, MAX_ROWS)
    .map((host) =>
      row([
        cell(host.host, 'name'),
        cell(host.service ?? '–', 'name'),
        cell(host.status, host.status === 'ok' ? 'GREEN' : 'AMBER'),
        cell(number(host.usage?.cpu), 'number'),
        cell(number(host.usage?.mem), 'number'),
        cell(host.programs, 'number'),
        cell(clock(host.lastTime)),
      ]),
    );
  byId('hosts').tBodies[0].replaceChildren(...rows);
}

function showPrograms() {
  const wanted = byId('filter').value.toLowerCase();
  const matching = store.programs.filter(({ host, process }) => `${host}\n${process}`.toLowerCase().includes(wanted));
  const key = store.sort;
  matching.sort((a, b) => (typeof a[key] === 'string' ? (a[key] < b[key] ? -1 : 1) : (b[key] ?? -1) - (a[key] ?? -1)));
  byId('program-count').textContent = `${Math.min(matching.length, MAX_ROWS)} of ${store.programs.length}`;
  for (const button of document.querySelectorAll('[data-sort]')) {
    if (button.dataset.sort === key) button.setAttribute('aria-sort', 'descending');
    else button.removeAttribute('aria-sort');
  }
  const rows = matching.slice(0, MAX_ROWS).map((program) => {
    const tr = row([
      cell(program.process, 'name'),
      cell(program.host, 'name'),
      cell(number(program.count, 0), 'number'),
      cell(number(program.cpuTotal), 'number'),
      cell(number(program.cpuMax), `number ${program.cpuMax > 80 ? 'RED' : ''}`),
      cell(number(program.memTotal), 'number'),
      cell(bytes(program.rssBytes), 'number'),
    ]);
    tr.tabIndex = 0;
    tr.addEventListener('click', () => guarded(() => showChart(program)));
    tr.addEventListener('keydown', (event) => event.key === 'Enter' && guarded(() => showChart(program)));
    return tr;
  });
  byId('programs').tBodies[0].replaceChildren(...rows);
}

const SVG = 'http://www.w3.org/2000/svg';

function shape(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

async function showChart({ host, process }) {
  const series = await Promise.all(
    ['cpuMax', 'memMax'].map(async (metric) => {
      const query = new URLSearchParams({ host, process, metric, points: 300 });
      const page = await ask(`/api/v1/history?${query}`);
      return (page.series[0]?.points ?? []).map(([time, value]) => [Date.parse(time), value]);
    }),
  );
  const to = Date.now();
  const from = to - 3_600_000;
  const top = Math.max(100, ...series.flat().map(([, value]) => value));
  const x = (time) => 40 + (750 * (time - from)) / (to - from);
  const y = (value) => 240 - (225 * value) / top;
  const parts = [];
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(shape('line', { class: 'grid', x1: 40, x2: 790, y1: y(top * share), y2: y(top * share) }));
    parts.push(shape('text', { x: 0, y: y(top * share) + 4 }, `${Math.round(top * share)} %`));
  }
  for (const minutes of [60, 45, 30, 15, 0]) {
    const time = new Date(to - minutes * 60_000).toISOString().slice(11, 16);
    parts.push(shape('text', { x: x(to - minutes * 60_000) - 14, y: 256 }, time));
  }
  parts.push(shape('line', { class: 'limit-line', x1: 40, x2: 790, y1: y(80), y2: y(80) }));
  for (const [i, name] of ['cpu', 'mem'].entries()) {
    const points = series[i].map(([time, value]) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
    parts.push(shape('polyline', { class: name, points }));
  }
  const dialog = byId('chart');
  dialog.querySelector('h2').textContent = `${process} on ${host}, last hour (UTC)`;
  dialog.querySelector('svg').replaceChildren(...parts);
  if (!dialog.open) dialog.showModal();
}

async function refresh() {
  const [state, hosts, usage] = await Promise.all([
    ask('/ressources-usage/query-alarm'),
    ask('/api/v1/hosts'),
    ask('/api/v1/usage?limit=10000'),
  ]);
  showAlerts(state);
  showHosts(hosts.hosts);
  store.programs = usage.programs;
  showPrograms();
  byId('login').hidden = true;
  byId('updated').textContent = `${new Date().toISOString().slice(11, 19)} UTC`;
}

async function guarded(work) {
  try {
    await work();
  } catch (error) {
    if (error instanceof NeedsToken) byId('login').hidden = false;
    else byId('updated').textContent = `No answer: ${error.message}`;
  }
}

byId('filter').addEventListener('input', showPrograms);
for (const button of document.querySelectorAll('[data-sort]')) {
  button.addEventListener('click', () => {
    store.sort = button.dataset.sort;
    showPrograms();
  });
}
byId('login').addEventListener('submit', (event) => {
  event.preventDefault();
  store.token = byId('token').value.trim();
  sessionStorage.setItem('amberwatch-token', store.token);
  void guarded(refresh);
});

async function loop() {
  await guarded(refresh);
  setTimeout(loop, REFRESH_MS);
}
void loop();
