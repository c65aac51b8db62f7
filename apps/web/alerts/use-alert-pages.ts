import { useEffect, useState } from 'preact/hooks';
import type { Alert, AlertPage } from '#domain';
import { ask } from '../server/ask.js';
import { alertNews } from '../server/live.js';
import { type Answered, useAnswer } from '../server/use-answer.js';

interface Older {
  alerts: Alert[];
  /** Cursor of the page after; undefined: there is none. */
  next?: string | undefined;
}

/**
 * Alerts by pages: the first is asked for anew when there is news of alerts, and what is older is added on demand. It
 * does not change any more, so it is asked for once.
 *
 * @param path of the list, with its query
 */
export function useAlertPages(path: string): { first: Answered<AlertPage>; alerts: Alert[]; onOlder?: () => void } {
  const first = useAnswer<AlertPage>(path, alertNews);
  const [older, setOlder] = useState<Older | undefined>();
  const [problem, setProblem] = useState<Error | undefined>();
  useEffect(() => {
    setOlder(undefined);
    setProblem(undefined);
  }, [path]);
  const next = older ? older.next : first.answer?.next;
  const load = async (cursor: string) => {
    try {
      const page = await ask<AlertPage>(`${path}&cursor=${encodeURIComponent(cursor)}`);
      setProblem(undefined);
      setOlder((before) => ({ alerts: [...(before?.alerts ?? []), ...page.alerts], next: page.next }));
    } catch (error) {
      setProblem(error as Error);
    }
  };
  const byId = new Map([...(first.answer?.alerts ?? []), ...(older?.alerts ?? [])].map((alert) => [alert.id, alert]));
  return {
    first: { ...first, error: first.error ?? problem },
    alerts: [...byId.values()],
    ...(next !== undefined && { onOlder: () => void load(next) }),
  };
}
