import { useEffect, useState } from 'preact/hooks';
import { news } from '../server/live.js';

/**
 * The end of the step of time that is running, moved on when there is news: what asks the server for a range that ends now
 * asks once a step, and not with each batch.
 */
export function useRangeEnd(everyMs: number): number {
  const [step, setStep] = useState(() => Math.ceil(Date.now() / everyMs));
  useEffect(() => news.follow(() => setStep(Math.ceil(Date.now() / everyMs))), [everyMs]);
  return step * everyMs;
}
