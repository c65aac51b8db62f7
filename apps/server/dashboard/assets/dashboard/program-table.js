// The programs with the largest values, and of all those whose names are looked for.
import { byId, bytes, cell, number, onOpen, row } from './elements.js';
import { drawHour } from './chart.js';
import { ask } from './server.js';

const MAX_ROWS = 500;
const state = { programs: [], sort: 'cpuTotal', asked: 0 };

const wanted = () => byId('filter').value.trim();

/** Reads what is shown and no more: the server orders and looks for names. */
export async function readPrograms() {
  const query = new URLSearchParams({ limit: MAX_ROWS });
  if (!isText(state.sort)) query.set('order', state.sort);
  if (wanted() !== '') query.set('match', wanted());
  const turn = ++state.asked;
  const { programs } = await ask(`/api/v1/usage?${query}`);
  // An answer that was overtaken is to a question of before.
  if (turn === state.asked) state.programs = programs;
}

const isText = (key) => key === 'host' || key === 'process';

export function showPrograms(guarded) {
  const { programs, sort: key } = state;
  if (isText(key)) programs.sort((a, b) => (a[key] < b[key] ? -1 : 1));
  byId('program-count').textContent = programs.length === MAX_ROWS ? `the first ${MAX_ROWS}` : programs.length;
  for (const button of document.querySelectorAll('[data-sort]')) {
    if (button.dataset.sort === key) button.setAttribute('aria-sort', 'descending');
    else button.removeAttribute('aria-sort');
  }
  const rows = programs.map((program) => {
    const tr = row([
      cell(program.process, 'name'),
      cell(program.host, 'name'),
      cell(number(program.count, 0), 'number'),
      cell(number(program.cpuTotal), 'number'),
      cell(number(program.cpuMax), `number ${program.cpuMax > 80 ? 'RED' : ''}`),
      cell(number(program.memTotal), 'number'),
      cell(bytes(program.rssBytes), 'number'),
    ]);
    onOpen(tr, () => guarded(() => showChart(program)));
    return tr;
  });
  byId('programs').tBodies[0].replaceChildren(...rows);
}

async function showChart(program) {
  const dialog = byId('chart');
  dialog.querySelector('h2').textContent = `${program.process} on ${program.host}, last hour (UTC)`;
  await drawHour(dialog.querySelector('svg'), program);
  if (!dialog.open) dialog.showModal();
}

/** Calls `refresh` whenever other programs are asked for. */
export function watchPrograms(refresh) {
  byId('filter').addEventListener('input', refresh);
  for (const button of document.querySelectorAll('[data-sort]')) {
    button.addEventListener('click', () => {
      state.sort = button.dataset.sort;
      refresh();
    });
  }
}
