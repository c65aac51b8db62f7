import { exitStatus, type Input } from '../command.js';
import { openFleet } from '../fleet/fleet-command.js';
import { unhealthyServices, unhealthyTable } from '../fleet/fleet-tables.js';
import type { Terminal } from '../terminal.js';

/** Services with too few healthy servers; a service that nobody belongs to has none. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const { rows, limits, serviceIsUnknown } = await openFleet(input, terminal);
  const services = unhealthyServices(rows, limits);
  if (input.options['json']) terminal.out(`${JSON.stringify(services, undefined, 2)}\n`);
  else if (services.length > 0) terminal.out(unhealthyTable(services, terminal));
  else if (!serviceIsUnknown) terminal.out(`Every service has at least ${limits.healthyServers} healthy servers.\n`);
  return services.length > 0 || serviceIsUnknown ? exitStatus.unhealthy : exitStatus.fine;
}
