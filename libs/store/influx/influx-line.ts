import { type HostMetric, isFractionField, isoToMicros, type Micros, type SampleBatch } from '#domain';

/** What a name begins with that stands percent-encoded behind it, since InfluxDB can't keep it as it is. */
const ESCAPED = 'esc:';

/**
 * A name as the value of a tag. Nearly all stand as they are. InfluxDB refuses a line feed and a trailing backslash; it
 * loses a carriage return in its answers, and its query language can't name a NUL. Those are percent-encoded behind a
 * prefix, and so are names that would be taken for such a one.
 */
export function encodeName(name: string): string {
  // oxlint-disable-next-line no-control-regex -- it is control characters that this is about
  const refused = /[\0\n\r]|\\$/.test(name);
  return refused || decodeName(name) !== name ? ESCAPED + encodeURIComponent(name) : name;
}

/** Another program's tag that only looks escaped is the name as it stands. */
export function decodeName(tag: string): string {
  if (!tag.startsWith(ESCAPED)) return tag;
  try {
    return decodeURIComponent(tag.slice(ESCAPED.length));
  } catch {
    return tag;
  }
}

/** Names whose tags are remembered; a fleet's programs are the same ones at every tick. */
const MAX_REMEMBERED = 50_000;
const remembered = new Map<string, string>();

function tagValue(name: string): string {
  let tag = remembered.get(name);
  if (tag === undefined) {
    tag = encodeName(name).replace(/[,= ]/g, '\\$&');
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(name, tag);
  }
  return tag;
}

/** The lines of a batch in InfluxDB's line protocol, with its time in microseconds. */
export interface BatchLines {
  /** One a sample. */
  samples: string[];
  /** One a point of the host's own metrics. */
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
      fieldText(',memory_rss=', batch.rssBytes?.[i], 'i');
    return `procstat,host=${host},process_name=${tagValue(name)}${service} process_count=${batch.count[i]}i${fields} ${time}`;
  });
  return { samples, host: hostMetricLines(batch.hostMetrics ?? [], host, service, time) };
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

function fieldText(name: string, value: number | null | undefined, suffix = ''): string {
  return value === undefined || value === null ? '' : name + value + suffix;
}
