// What was said against what came true, and how many false warnings came of those that are asked for.
import { byId, cell, clock, element, row } from './elements.js';
import { ask } from './server.js';

/** Prediction counts once an hour. */
const EVERY_MS = 60_000;
let askedAt;

const percent = (share) => `${(share * 100).toFixed(0)} %`;

/** Asks the server where the last answer is old; it has none until prediction has counted. */
export async function showCalibration() {
  if (askedAt !== undefined && performance.now() - askedAt < EVERY_MS) return;
  const { branches, falseAlarms } = await ask('/api/v1/calibration').catch((error) => {
    if (error.status === 404) return { branches: [] };
    throw error;
  });
  askedAt = performance.now();
  const rows = branches.flatMap(({ branch, scale, bands }) => bands.map((band) => bandRow(branch, scale, band)));
  byId('calibration-section').hidden = rows.length === 0 && !falseAlarms;
  byId('calibration').hidden = rows.length === 0;
  byId('calibration').tBodies[0].replaceChildren(...rows);
  byId('false-alarms').replaceChildren(...sentences(falseAlarms).map((text) => element('li', { text })));
}

function bandRow(branch, scale, { from, to, claims, claimed, cameTrue, low, high }) {
  const meter = element('meter', { min: 0, max: 1, value: cameTrue });
  meter.setAttribute('aria-label', percent(cameTrue));
  return row([
    cell(branch),
    cell(scale),
    cell(`${(from * 100).toFixed(0)}–${percent(to)}`, 'number'),
    cell(claims, 'number'),
    cell(percent(claimed), 'number'),
    cell(`${percent(cameTrue)} (${(low * 100).toFixed(0)}–${(high * 100).toFixed(0)})`, 'number'),
    element('td', {}, [meter]),
  ]);
}

function sentences(found) {
  if (!found) return [];
  const { aWeek, cameAWeek, falses, hits, hosts, hostWeeks, from, withheldFalses, withheldHits, costs } = found;
  const came = cameAWeek === null ? 'it is too early to say how many come' : `${cameAWeek.toFixed(2)} came`;
  const asked = aWeek === null ? 'no budget is set' : `${aWeek} a week and host are asked for`;
  return [
    `False warnings: ${asked}, ${came}: ${falses} false and ${hits} true since ${clock(from)}, ` +
      `${hosts} hosts watched for ${hostWeeks.toFixed(1)} weeks together`,
    ...(aWeek === null
      ? []
      : [`${withheldFalses + withheldHits} were withheld, of which ${withheldHits} would have come true`]),
    ...costs
      .filter(({ of }) => of > 0)
      .map(
        ({ aWeek: rate, kept, of }) =>
          `At ${rate} a week ${kept} of ${of} breaches that were warned of would still be warned of`,
      ),
  ];
}
