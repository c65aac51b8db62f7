import { type Micros, shareOfLimit, shareOfQuota, type UnitField, type UnitSample } from '#domain';
import { finite } from '../finite.js';
import { fieldText, fieldTextOf, tagValue } from './influx-escape.js';

/** What units are kept in; their tags are host, unit and kind. */
export const UNIT_MEASUREMENT = 'unit';

/** The fields of a unit. Shares are kept beside what they are made of, so that the database can take means of them. */
export const unitFields: Record<UnitField, string> = {
  cpu: 'cpu_usage',
  cpuShare: 'cpu_limit_used_percent',
  memBytes: 'memory_working_set',
  memShare: 'memory_limit_used_percent',
  throttled: 'cpu_throttled_percent',
  oomKills: 'oom_kills',
  processes: 'process_count',
  pids: 'pids',
  cpuPressure: 'cpu_pressure',
  memPressure: 'memory_pressure',
  ioPressure: 'io_pressure',
};

/** What of the newest sample is asked for. */
export const unitLimitFields = {
  cpuLimit: 'cpu_limit',
  memLimitBytes: 'memory_limit',
  pidsLimit: 'pids_limit',
} as const;
export const VICTIM_FIELD = 'oom_victim';

/** A line for each unit; what is not known of it, or a limit that it does not have, is left out. */
export function unitLines(units: UnitSample[], host: string, time: Micros): string[] {
  return units.map((one) => {
    const fraction = (field: string, value: number | null | undefined) => fieldText(`,${field}=`, value);
    const whole = (field: string, value: number | null | undefined) => fieldText(`,${field}=`, value, 'i');
    const fields =
      whole(unitFields.oomKills, one.oomKills) +
      fraction(unitFields.cpu, one.cpu) +
      fraction(unitLimitFields.cpuLimit, one.cpuLimit) +
      fraction(unitFields.cpuShare, finite(shareOfQuota(one))) +
      fraction(unitFields.throttled, one.throttled) +
      whole(unitFields.memBytes, one.memBytes) +
      whole(unitLimitFields.memLimitBytes, one.memLimitBytes) +
      fraction(unitFields.memShare, shareOfLimit(one)) +
      fieldTextOf(`,${VICTIM_FIELD}=`, one.victim) +
      whole(unitFields.pids, one.pids) +
      whole(unitLimitFields.pidsLimit, one.pidsLimit) +
      fraction(unitFields.cpuPressure, one.cpuPressure) +
      fraction(unitFields.memPressure, one.memPressure) +
      fraction(unitFields.ioPressure, one.ioPressure);
    const tags = `host=${host},kind=${one.kind},unit=${tagValue(one.unit)}`;
    return `${UNIT_MEASUREMENT},${tags} ${unitFields.processes}=${one.processes}i${fields} ${time}`;
  });
}
