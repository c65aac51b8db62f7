import { showAlerts } from './dashboard/alert-table.js';
import { showCalibration } from './dashboard/calibration.js';
import { byId } from './dashboard/elements.js';
import { showHosts } from './dashboard/host-table.js';
import { askedFor, openIncident, watchIncident } from './dashboard/incident.js';
import { readPrograms, showPrograms, watchPrograms } from './dashboard/program-table.js';
import { ask, NeedsToken, useToken } from './dashboard/server.js';
import { showSight, worstOf } from './dashboard/sight.js';

const REFRESH_MS = 5000;
let asked = askedFor();
let answered;

async function refresh() {
  const [state, hosts] = await Promise.all([
    ask('/ressources-usage/query-alarm'),
    ask('/api/v1/hosts?limit=10000'),
    readPrograms(),
  ]);
  showSight(worstOf(state.alerts), state.blind);
  showAlerts(state.alerts, (id) => guarded(() => openIncident(id)));
  byId('no-alerts').hidden = state.alerts.length > 0;
  byId('no-alerts').textContent =
    state.blind.length > 0
      ? 'No alert is open, but not all can be seen.'
      : 'Nothing is over its limit, and no breach is predicted.';
  showHosts(hosts.hosts);
  showPrograms(guarded);
  await showCalibration();
  byId('login').hidden = true;
  byId('problem').textContent = '';
  answered = new Date();
  byId('updated').textContent = `${answered.toISOString().slice(11, 19)} UTC`;
}

/** What the server doesn't say can't be known: what stands on the page is old. */
async function refreshOrBlind() {
  try {
    await refresh();
    await openAsked();
  } catch (error) {
    const since = answered ? ` since ${answered.toISOString().slice(11, 19)} UTC` : '';
    showSight(undefined, [`no answer from the server${since} (${error.message})`]);
    if (error instanceof NeedsToken) byId('login').hidden = false;
  }
}

async function openAsked() {
  const id = asked;
  asked = null;
  if (id) await guarded(() => openIncident(id));
}

/** What a reader asked for and can't have is said; the page goes on. */
async function guarded(work) {
  try {
    await work();
    byId('problem').textContent = '';
  } catch (error) {
    if (error instanceof NeedsToken) byId('login').hidden = false;
    byId('problem').textContent = error.message;
  }
}

watchIncident(guarded, () => void refreshOrBlind());
watchPrograms(() =>
  guarded(async () => {
    await readPrograms();
    showPrograms(guarded);
  }),
);
byId('login').addEventListener('submit', (event) => {
  event.preventDefault();
  useToken(byId('token').value.trim());
  void refreshOrBlind();
});

async function loop() {
  await refreshOrBlind();
  setTimeout(loop, REFRESH_MS);
}
void loop();
