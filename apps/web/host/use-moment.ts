import { useEffect, useRef, useState } from 'preact/hooks';
import type { HostProcesses } from '#domain';
import { NeedsToken } from '../server/ask.js';
import { tokenAsked } from '../server/use-answer.js';
import type { Store } from '../store.js';
import { momentKey, type MomentList, MomentReader, type MomentStep } from './moment.js';

/** How long the cursor rests before a moment is asked for. */
const REST_MS = 60;

export interface Moment {
  answer?: HostProcesses;
  error?: Error;
}

/**
 * The programs of the pinned moment, else of the step under the cursor; undefined where there is neither. The cursor is
 * followed without drawing: what uses this is drawn when an answer has come.
 */
export function useMoment(
  reader: MomentReader,
  {
    pinnedMs,
    cursor,
    list,
    intervalMs,
  }: {
    pinnedMs: number | undefined;
    cursor: Store<MomentStep | undefined>;
    list: MomentList;
    intervalMs: number;
  },
): Moment | undefined {
  const [moment, setMoment] = useState<Moment | undefined>(undefined);
  const now = useRef({ list, intervalMs });
  now.current = { list, intervalMs };
  const listKey = momentKey(0, list);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    const read = async (of: MomentStep | number) => {
      try {
        const answer = await reader.read(of, now.current.list, now.current.intervalMs);
        if (!ended) setMoment({ answer });
      } catch (error) {
        if (ended || (error as Error).name === 'AbortError') return;
        if (error instanceof NeedsToken) tokenAsked.set(true);
        setMoment(({ answer } = {}) => ({ answer, error: error as Error }));
      }
    };
    const follow = (step: MomentStep | undefined) => {
      clearTimeout(timer);
      if (step === undefined) {
        reader.cancel();
        setMoment(undefined);
        return;
      }
      timer = setTimeout(() => void read(step), reader.cached(momentKey(step, now.current.list)) ? 0 : REST_MS);
    };
    let end: (() => void) | undefined;
    if (pinnedMs === undefined) {
      follow(cursor.value);
      end = cursor.follow(follow);
    } else void read(pinnedMs);
    return () => {
      ended = true;
      end?.();
      clearTimeout(timer);
      reader.cancel();
    };
  }, [reader, pinnedMs, cursor, listKey]);
  return moment;
}
