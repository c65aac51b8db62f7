import type { NotificationItem } from '#domain';

export function acknowledgeCommand(id: string): string {
  return `amberwatch silence ack ${id} --why 'on it'`;
}

/** Silences what an alert is about for an hour. */
export function silenceCommand({ host, process, unit, metric }: NotificationItem['incident']): string {
  const what = process !== null ? ['--process', quoted(process)] : unit !== undefined ? ['--unit', quoted(unit)] : [];
  const words = ['--host', quoted(host), ...what];
  return `amberwatch silence add ${words.join(' ')} --metric ${metric} --for 1h --why 'known'`;
}

/**
 * A name as a glob that matches it, as one word of a POSIX shell: whatever a stranger's name holds, it is only text.
 * What can't be seen or typed is `?`, which matches any one character.
 */
function quoted(name: string): string {
  const glob = name.replace(/^-|[*?\\]/g, '\\$&').replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\p{Cs}]/gu, '?');
  return /^[\w.:@-]+$/.test(glob) ? glob : `'${glob.replaceAll("'", `'\\''`)}'`;
}
