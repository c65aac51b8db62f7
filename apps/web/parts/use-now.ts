import { useEffect, useState } from 'preact/hooks';

/** The time in milliseconds since the epoch, kept up to date about every `everyMs`: what is shown as old gets older. */
export function useNow(everyMs = 5_000): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
