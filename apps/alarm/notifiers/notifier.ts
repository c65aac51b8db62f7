import type { Notification } from '#domain';

/** The receiver will never take this message, so that another try is useless. */
export class RefusedError extends Error {
  override name = 'RefusedError';
}

/** Where notifications go. Each channel has its own queue, so that none waits for another. */
export abstract class Notifier {
  /** Short and fit for a log, such as `slack`; no secret in it. */
  abstract readonly name: string;
  /**
   * Resolves once the receiver has taken the message.
   *
   * @throws RefusedError where another try is useless; any other error is tried again
   */
  abstract send(notification: Notification, signal: AbortSignal): Promise<void>;
}

/** The title of a message for people: `RED web-1 nginx cpu 93.1 % > 80 %`, or counts where there are several. */
export function titleOf({ counts, items, repeat, kind, host }: Notification): string {
  const [first] = items;
  const again = repeat ? 'still ' : kind === 'test' ? 'TEST ' : '';
  const total = counts.red + counts.amber + counts.resolved;
  if (total === 1 && first) return `${again}${first.incident.color} ${first.text}`;
  const parts = [
    counts.red > 0 ? `${counts.red} RED` : '',
    counts.amber > 0 ? `${counts.amber} AMBER` : '',
    counts.resolved > 0 ? `${counts.resolved} resolved` : '',
  ].filter(Boolean);
  return `${again}${parts.join(', ')} on ${host === null ? `${counts.hosts} hosts` : (first?.text.split(' ')[0] ?? 'a host')}`;
}

/** How many alerts a message does not list; 0 where it lists all. */
export function unlisted({ counts, items }: Notification): number {
  return counts.red + counts.amber + counts.resolved - items.length;
}
