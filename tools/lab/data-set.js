import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** The columns of the data set: those of the yardstick, and what the lab knows besides. */
export const COLUMNS = (
  'id track source metric step_s warmup tod_s group n values ' +
  'split kind outcome outcome_step limit_bytes load seed victim rss'
).split(' ');

const numbers = (text) => text.split(' ').map(Number);

/** The series of one split; `folder` is a URL that ends in a slash. */
export function readSeries(split, folder = new URL('recordings/', import.meta.url)) {
  const text = gunzipSync(readFileSync(new URL(`${split}.csv.gz`, folder))).toString('utf8');
  const [head, ...lines] = text.trimEnd().split('\n');
  const columns = head.split(',');
  return lines.map((line) => {
    const cells = line.split(',');
    const cell = (name) => cells[columns.indexOf(name)];
    return {
      id: cell('id'),
      program: cell('source'),
      split: cell('split'),
      kind: cell('kind'),
      load: cell('load'),
      stepSeconds: Number(cell('step_s')),
      startMs: Number(cell('tod_s')) * 1000,
      limitBytes: Number(cell('limit_bytes')),
      outcome: cell('outcome'),
      /** Step of the kill or of the first restart; undefined where there was none. */
      outcomeStep: cell('outcome_step') === '' ? undefined : Number(cell('outcome_step')),
      victim: cell('victim'),
      /** Working set, % of the unit's own limit. */
      values: numbers(cell('values')),
      rss: numbers(cell('rss')),
    };
  });
}
