import type { Alert, Matcher } from '#domain';
import { escapeGlob } from '#domain/glob';

/** How much a silence is to mute: what the alert is about, everything on its host, or the same on every host. */
export const quietScopes = ['this', 'host', 'everywhere'] as const;
export type QuietScope = (typeof quietScopes)[number];

type About = Pick<Alert, 'host' | 'process' | 'unit' | 'metric' | 'device'>;

/** What a silence of that scope matches; names are matched as they are, whatever they hold. */
export function quietMatch({ host, process, unit, metric, device }: About, scope: QuietScope): Matcher {
  const onHost = { host: escapeGlob(host) };
  if (scope === 'host') return onHost;
  const same: Matcher =
    process !== null
      ? { process: escapeGlob(process) }
      : unit !== undefined
        ? { unit: escapeGlob(unit) }
        : { of: 'host', metric, ...(device !== undefined && { device: escapeGlob(device) }) };
  return scope === 'everywhere' ? same : { ...onHost, ...same };
}
