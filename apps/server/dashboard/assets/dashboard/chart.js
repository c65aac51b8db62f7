// CPU and memory of one program over an hour.
import { ask } from './server.js';

const SVG = 'http://www.w3.org/2000/svg';
const HOUR_MS = 3_600_000;

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

async function pointsOf(host, process, metric, from, to) {
  const range = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const page = await ask(`/api/v1/history?${new URLSearchParams({ host, process, metric, points: 300, ...range })}`);
  return (page.series[0]?.points ?? []).map(([time, value]) => [Date.parse(time), value]);
}

/** Draws the hour that ends at `to`, milliseconds. */
export async function drawHour(svg, { host, process }, to = Date.now(), limit = 80) {
  const from = to - HOUR_MS;
  const series = await Promise.all(['cpuMax', 'memMax'].map((metric) => pointsOf(host, process, metric, from, to)));
  const top = Math.max(100, ...series.flat().map(([, value]) => value));
  const x = (time) => 40 + (750 * (time - from)) / (to - from);
  const y = (value) => 240 - (225 * value) / top;
  const parts = [];
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(shape('line', { class: 'grid', x1: 40, x2: 790, y1: y(top * share), y2: y(top * share) }));
    parts.push(shape('text', { x: 0, y: y(top * share) + 4 }, `${Math.round(top * share)} %`));
  }
  for (const minutes of [60, 45, 30, 15, 0]) {
    const time = to - minutes * 60_000;
    parts.push(shape('text', { x: x(time) - 14, y: 256 }, new Date(time).toISOString().slice(11, 16)));
  }
  parts.push(shape('line', { class: 'limit-line', x1: 40, x2: 790, y1: y(limit), y2: y(limit) }));
  for (const [i, name] of ['cpu', 'mem'].entries()) {
    const points = series[i].map(([time, value]) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
    parts.push(shape('polyline', { class: name, points }));
  }
  svg.replaceChildren(...parts);
}
