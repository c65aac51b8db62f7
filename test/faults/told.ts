import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Color, Notification, SampleBatch } from '#domain';
import { temporaryFolder } from '../support/processes.js';
import type { HttpReceiver } from '../support/receivers.js';

/**
 * Settings of an alarm that tells a receiver at once.
 *
 * @param rule settings of the only rule, as one line of YAML
 */
export function alarmTo(url: string, rule: string): Record<string, string> {
  const rules = join(temporaryFolder(), 'rules.yaml');
  writeFileSync(rules, `rules:\n  - name: fault\n    limit: 80\n    ${rule}\n`);
  return {
    AMBERWATCH_RULES: rules,
    AMBERWATCH_NOTIFY_PRIVATE: 'allow',
    AMBERWATCH_NOTIFY_WAIT: '0s',
    AMBERWATCH_WEBHOOK_URL: url,
  };
}

/** A tick of now of single processes, by their CPU in %; its host is not taken for silent within minutes. */
export function batchOf(host: string, cpuOf: Record<string, number>, more: Partial<SampleBatch> = {}): SampleBatch {
  const cpu = Object.values(cpuOf);
  return {
    id: randomUUID(),
    host,
    time: new Date().toISOString(),
    intervalMs: 600_000,
    names: Object.keys(cpuOf),
    count: cpu.map(() => 1),
    cpu,
    cpuMax: cpu,
    ...more,
  };
}

/** By host, the ids of the deliveries that told of alerts of this colour; that a host is silent is none of its own. */
export function toldIn(receiver: HttpReceiver, color: Color): Map<string, string[]> {
  const told = new Map<string, string[]>();
  for (const { items, id } of receiver.bodies() as Notification[]) {
    for (const { incident } of items) {
      if (incident.color !== color || incident.metric === 'data') continue;
      const ids = told.get(incident.host);
      if (ids) ids.push(id);
      else told.set(incident.host, [id]);
    }
  }
  return told;
}
