import { exitStatus, type Input, UsageError } from '../command.js';
import { openFleet } from '../fleet/fleet-command.js';
import {
  averageByService,
  averagesTable,
  serversTable,
  unhealthyServices,
  unhealthyTable,
} from '../fleet/fleet-tables.js';
import type { Terminal } from '../terminal.js';

/** The original's flags: one reading of the fleet, each table that was asked for; all of them where none was. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const { options } = input;
  if (options['port'] === undefined && options['url'] === undefined) {
    throw new UsageError('amberwatch fleet needs --port N, the port of the server on this machine, or --url URL.');
  }
  const asked = ['printservers', 'avg', 'unhealthyservices'].filter((flag) => options[flag]);
  const wants = (flag: string) => asked.length === 0 || asked.includes(flag);
  const { rows, limits, serviceIsUnknown } = await openFleet(input, terminal);
  const averages = averageByService(rows);
  const unhealthy = unhealthyServices(rows, limits);
  if (options['json']) {
    const answer = {
      ...(wants('printservers') ? { servers: rows } : {}),
      ...(wants('avg') ? { averages } : {}),
      ...(wants('unhealthyservices') ? { unhealthyServices: unhealthy } : {}),
    };
    terminal.out(`${JSON.stringify(answer, undefined, 2)}\n`);
  } else {
    const tables = [
      ...(wants('printservers') ? [serversTable(rows, terminal)] : []),
      ...(wants('avg') ? [averagesTable(averages, terminal)] : []),
      ...(wants('unhealthyservices') ? [unhealthyTable(unhealthy, terminal)] : []),
    ];
    terminal.out(tables.join('\n'));
  }
  const bad = options['unhealthyservices'] && (unhealthy.length > 0 || serviceIsUnknown);
  return bad ? exitStatus.unhealthy : exitStatus.fine;
}
