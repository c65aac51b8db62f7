import { z } from 'zod';
import { color } from './metric.js';
import { hostName, serviceName, wellFormedText } from './text.js';
import { isoTime } from './time.js';

/** What hosts can be listed by. */
export const fleetOrder = z
  .enum(['trouble', 'host', 'cpu', 'mem', 'disk', 'programs', 'lastSeen'])
  .describe(
    'trouble: red (most alerts in RED first, then the one that is RED for longest), amber likewise, blind (the one that ' +
      'was not seen for longest first), ok (the highest of cpu, mem and disk first); host: by name; else the largest ' +
      'value first. Ties by name',
  );
export type FleetOrder = z.infer<typeof fleetOrder>;

export const fleetQuery = z.strictObject({
  match: wellFormedText(255)
    .min(1)
    .optional()
    .describe('Only hosts whose name or service holds this text, upper and lower case alike'),
  service: wellFormedText(255).optional().describe('Only hosts of this service; empty: of none'),
  state: z
    .enum(['trouble', 'red', 'amber', 'blind'])
    .optional()
    .describe('Only hosts in this state; trouble: in any of them'),
  order: fleetOrder.default('trouble'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(200)
    .describe('Hosts; what comes after them is counted only'),
});

export type FleetQuery = z.infer<typeof fleetQuery>;

/** How a host is: never `ok` where that can't be known. */
export const hostSight = z
  .enum(['red', 'amber', 'ok', 'blind'])
  .describe('red, amber: the worst of its open alerts; blind: none of them is open, and it may not be seen');
export type HostSight = z.infer<typeof hostSight>;

export const fleetHost = z
  .strictObject({
    host: hostName,
    service: serviceName.nullable(),
    sight: hostSight,
    status: z.enum(['ok', 'no data', 'paused']),
    red: z.int().describe('Open alerts in RED'),
    amber: z.int().describe('Open alerts in AMBER'),
    worst: z
      .string()
      .optional()
      .describe('The worst of its open alerts in few words, such as `nginx cpu`; left out where none is open'),
    cpu: z.number().nullable().describe('% of all cores'),
    mem: z.number().nullable().describe('% of memory'),
    disk: z
      .strictObject({ path: wellFormedText(1024), usedPercent: z.number() })
      .nullable()
      .describe('The fullest file system'),
    programs: z.int(),
    lastSeen: isoTime.describe("When the server last accepted a batch, by the server's clock"),
    lastTime: isoTime.describe('Tick of the newest sample'),
  })
  .meta({ id: 'FleetHost' });
export type FleetHost = z.infer<typeof fleetHost>;

export const fleetService = z
  .strictObject({
    service: serviceName.nullable().describe('null: hosts of none'),
    hosts: z.int(),
    red: z.int().describe('Hosts'),
    amber: z.int().describe('Hosts'),
    blind: z.int().describe('Hosts'),
    cpu: z.number().nullable().describe('Mean over its hosts, % of all cores'),
    mem: z.number().nullable().describe('Mean over its hosts, %'),
    disk: z.number().nullable().describe('Mean of the fullest file systems, %'),
    programs: z.int().describe('Sum over its hosts'),
  })
  .meta({ id: 'FleetService' });
export type FleetService = z.infer<typeof fleetService>;

export const fleetView = z
  .strictObject({
    time: isoTime.describe('Of the answer'),
    color: color.describe('The worst colour of all open alerts; AMBER at least while the alarm may not see all'),
    blind: z.array(z.string()).describe('Why the alarm may not see all; empty when it does'),
    counts: z.strictObject({ hosts: z.int(), red: z.int(), amber: z.int(), blind: z.int() }).describe('Of all hosts'),
    matched: z.int().describe('Hosts that the question is about'),
    hosts: z.array(fleetHost).describe('As ordered, the first of them'),
    services: z.array(fleetService).describe('Of the hosts that the question is about, by name'),
  })
  .meta({ id: 'FleetView' });
export type FleetView = z.infer<typeof fleetView>;
