// Every text from outside goes in by textContent only, never as HTML.
export const byId = (id) => document.getElementById(id);

export function element(name, { text, className, ...properties } = {}, children = []) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

export const cell = (text, className) => element('td', { text, className });
export const row = (cells) => element('tr', {}, cells);

export const number = (value, digits = 1) => (value === null || value === undefined ? '–' : value.toFixed(digits));
export const clock = (iso) => (iso ? iso.slice(0, 19).replace('T', ' ') : '–');

export function bytes(value) {
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

/** `nginx cpu`, `(host) disk /var` */
export function subjectOf({ process, unit, metric, device }) {
  return `${process ?? unit ?? '(host)'} ${device ? `${metric} ${device}` : metric}`;
}

/** Calls the handler on a click and on Enter. */
export function onOpen(target, handler) {
  target.tabIndex = 0;
  target.addEventListener('click', handler);
  target.addEventListener('keydown', (event) => event.key === 'Enter' && event.target === target && handler(event));
}
