import { type HostMetric, isFractionField, isoToMicros, type Micros, type SampleBatch } from '#domain';
import { fieldText, fieldTextOf, tagValue } from './influx-escape.js';
import { unitLines } from './influx-unit-line.js';

/** What makes an integer of nanoseconds of whole seconds, as Telegraf's procstat has its `created_at`. */
const NANOSECONDS = '000000000i';

/**
 * One row for each tick of a host that has samples, so that its ticks are known without reading those of all programs.
 */
export const TICK_MEASUREMENT = 'amberwatch_tick';

/** The lines of a batch in InfluxDB's line protocol, with its time in microseconds. */
export interface BatchLines {
  /** One a sample. */
  samples: string[];
  /** One for the tick, one a point of the host's own metrics, and one a unit. */
  host: string[];
}

export function toLines(batch: SampleBatch): BatchLines {
  const time = isoToMicros(batch.time);
  const host = tagValue(batch.host);
  const service = batch.service === undefined ? '' : `,service=${tagValue(batch.service)}`;
  const samples = batch.names.map((name, i) => {
    const fields =
      fieldText(',cpu_usage=', batch.cpu?.[i]) +
      fieldText(',cpu_usage_max=', batch.cpuMax?.[i]) +
      fieldText(',memory_usage=', batch.mem?.[i]) +
      fieldText(',memory_usage_max=', batch.memMax?.[i]) +
      fieldText(',memory_rss=', batch.rssBytes?.[i], 'i') +
      fieldText(',created_at=', batch.started?.[i], NANOSECONDS) +
      fieldTextOf(',unit=', unitOf(batch, i));
    return `procstat,host=${host},process_name=${tagValue(name)}${service} process_count=${batch.count[i]}i${fields} ${time}`;
  });
  const ofHost = hostMetricLines(batch.hostMetrics ?? [], host, service, time);
  const tick = samples.length === 0 ? [] : [`${TICK_MEASUREMENT},host=${host} programs=${samples.length}i ${time}`];
  return { samples, host: [...tick, ...ofHost, ...unitLines(batch.units ?? [], host, time)] };
}

/** Name of the unit that a program runs in. */
function unitOf(batch: SampleBatch, i: number): string | undefined {
  const index = batch.unit?.[i];
  return index === undefined || index === null ? undefined : batch.units?.[index]?.unit;
}

/** A line for each point of the host's own metrics; whole numbers stay whole, since a field has one type for good. */
function hostMetricLines(metrics: HostMetric[], host: string, service: string, time: Micros): string[] {
  return metrics.flatMap(({ measurement, tags, fields }) => {
    const tagText = Object.entries(tags)
      .filter(([, value]) => value !== undefined)
      .map(([tag, value]) => `,${tag}=${tagValue(value)}`)
      .join('');
    const allFields = Object.entries(fields)
      .map(([field, value]) => `${field}=${isFractionField(field) ? value : `${Math.round(value)}i`}`)
      .join(',');
    return allFields === '' ? [] : [`${measurement},host=${host}${service}${tagText} ${allFields} ${time}`];
  });
}
