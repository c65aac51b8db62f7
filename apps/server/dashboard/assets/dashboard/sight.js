// The state of all, in the badge, the title and the icon of the page. Blind is a kind of its own: never green.
import { byId } from './elements.js';

const rank = { GREEN: 0, AMBER: 1, RED: 2 };
const paints = { GREEN: '#2e7d32', AMBER: '#b26a00', RED: '#b3261e', BLIND: '#6d675d' };

/** @param worst the worst colour of the open alerts; undefined where nothing is known of them */
export function showSight(worst, blind) {
  const words = [];
  if (worst !== undefined && (rank[worst] > 0 || blind.length === 0)) words.push(worst);
  if (blind.length > 0) words.push('BLIND');
  const text = words.join(' · ');
  byId('state').textContent = text;
  byId('state').className = `badge ${words.join(' ')}`;
  document.title = text === 'GREEN' ? 'Amberwatch' : `${text} · Amberwatch`;
  byId('blind').textContent = blind.length > 0 ? `May not see all: ${blind.join('; ')}` : '';
  showIcon(words[0], blind.length > 0);
}

export function worstOf(alerts) {
  return alerts.reduce((worst, { color }) => (rank[color] > rank[worst] ? color : worst), 'GREEN');
}

function showIcon(word, hatched) {
  const stripes =
    '<pattern id="h" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">' +
    '<rect width="2" height="4" fill="#fff"/></pattern>';
  const circle = (fill) => `<circle cx="8" cy="8" r="7" fill="${fill}"/>`;
  const drawn = circle(paints[word]) + (hatched ? stripes + circle('url(#h)') : '');
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${drawn}</svg>`;
  byId('icon').href = `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
