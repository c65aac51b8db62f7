import { useEffect, useRef } from 'preact/hooks';
import { Unreachable } from '../server/ask.js';
import { news } from '../server/live.js';
import { type Answered, useAnswer } from '../server/use-answer.js';

const SLOW_MS = 30_000;

/** An answer that is dear to count and changes slowly: it follows the news twice a minute, and at once after an outage. */
export function useSlowAnswer<Answer>(path: string): Answered<Answer> {
  const answered = useAnswer<Answer>(path, null);
  const now = useRef(answered);
  now.current = answered;
  useEffect(() => {
    let askedAt = Date.now();
    return news.follow(() => {
      const { error, reload } = now.current;
      if (!(error instanceof Unreachable) && Date.now() - askedAt < SLOW_MS) return;
      askedAt = Date.now();
      reload();
    });
  }, [path]);
  return answered;
}
