import type { CalibrationReport, FalseAlarms, ReliabilityBand } from '#domain';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';
import { percent } from './score-table.js';

type Screen = Pick<Terminal, 'columns' | 'color'>;

/** Characters of a bar that stands for 100 %. */
const BAR = 20;

/** What was said against what came true, by branch, and how the budget for false claims stands. */
export function calibrationText(report: CalibrationReport, terminal: Screen): string {
  const parts = report.branches.map(
    ({ branch, scale, claims, bands }) => `${branch}, ${scale}: ${ended(claims)}\n${reliabilityTable(bands, terminal)}`,
  );
  if (report.branches.length !== 1)
    parts.unshift(`${ended(report.claims)}\n${reliabilityTable(report.bands, terminal)}`);
  if (report.falseAlarms) parts.push(falseAlarmText(report.falseAlarms, terminal));
  return `Counted at ${report.time}\n\n${parts.join('\n')}`;
}

const ended = (claims: number) => `${claims} claim${claims === 1 ? '' : 's'} ended`;

function reliabilityTable(bands: readonly ReliabilityBand[], terminal: Screen): string {
  if (bands.length === 0) return '';
  const right = (title: string) => ({ title, align: 'right' as const });
  return table(
    [right('said'), right('claims'), right('on average'), { title: 'came true' }, { title: '', importance: 1 }],
    bands.map(({ from, to, claims, claimed, cameTrue, low, high }) => [
      `${percent(from)}–${percent(to)} %`,
      String(claims),
      `${percent(claimed)} %`,
      `${percent(cameTrue)} % (${percent(low)}–${percent(high)})`,
      '█'.repeat(Math.round(cameTrue * BAR)),
    ]),
    terminal,
  );
}

function falseAlarmText(found: FalseAlarms, terminal: Screen): string {
  const { aWeek, cameAWeek, falses, hits, hosts, hostWeeks, from, withheldFalses, withheldHits } = found;
  const asked =
    aWeek === null ? 'no budget is set (AMBERWATCH_FALSE_A_WEEK)' : `${aWeek} a week and host are asked for`;
  const came = cameAWeek === null ? 'too early to say how many come' : `${cameAWeek.toFixed(2)} came`;
  const lines = [
    `False claims: ${asked}, ${came}`,
    `${falses} false and ${hits} true since ${from}, ${hosts} hosts watched for ${hostWeeks.toFixed(1)} weeks together`,
  ];
  if (aWeek !== null)
    lines.push(`${withheldFalses + withheldHits} were withheld, of which ${withheldHits} would have come true`);
  for (const { aWeek: rate, kept, of } of found.costs) {
    if (of > 0) lines.push(`At ${rate} a week ${kept} of ${of} breaches that were warned of would still be warned of`);
  }
  if (found.worst.length === 0) return `${lines.join('\n')}\n`;
  const right = (title: string) => ({ title, align: 'right' as const });
  const rows = found.worst.map((one) => [
    one.host,
    String(one.falses),
    String(one.hits),
    one.weeks.toFixed(1),
    one.offset.toFixed(2),
  ]);
  const columns = [{ title: 'host', least: 8 }, right('false'), right('true'), right('weeks'), right('offset')];
  return `${lines.join('\n')}\n\n${table(columns, rows, terminal)}`;
}
