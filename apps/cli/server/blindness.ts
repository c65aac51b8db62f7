import { type AlarmState, type Color, escapeForConsole } from '#domain';
import { exitStatus } from '../command.js';
import { paint, type Terminal } from '../terminal.js';
import { wrap } from '../text-width.js';

const LABEL = 'BLIND  ';

/** Why the alarm may not see all; of one host, the reasons that are about another are left out. */
export function blindFor({ blind }: AlarmState, host?: string): string[] {
  if (host === undefined) return blind;
  return blind.filter((reason) => !reason.startsWith('host ') || reason.startsWith(`host ${host} `));
}

/** A line for each reason; none where the alarm sees all. */
export function blindLines(reasons: string[], terminal: Terminal): string {
  const label = paint(LABEL, 'yellow', terminal);
  const room = terminal.columns === undefined ? Infinity : Math.max(20, terminal.columns - LABEL.length);
  const lines = reasons.flatMap((reason) =>
    wrap(escapeForConsole(reason), room).map((line, i) => `${i === 0 ? label : ' '.repeat(LABEL.length)}${line}\n`),
  );
  return lines.join('');
}

/** RED is known whatever else can't be seen; without it, being blind is no reason to call all fine. */
export function statusOf(colors: Color[], blind: string[]): number {
  if (colors.includes('RED')) return exitStatus.unhealthy;
  return blind.length > 0 ? exitStatus.blind : exitStatus.fine;
}
