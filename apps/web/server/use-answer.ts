import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Store } from '../store.js';
import { ask, NeedsToken } from './ask.js';
import { news } from './live.js';

export interface Answered<Answer> {
  /** The newest answer; while another path is being asked for, still that of the one before. */
  answer?: Answer;
  /** Why there is none, or why it is old. */
  error?: Error;
  /** Whether the answer to this path is still to come. */
  loading: boolean;
  reload: () => void;
}

/** Whether the server has asked for its token. */
export const tokenAsked = new Store(false);

/**
 * What the server answers to a path, asked anew whenever `follow` tells of news, never twice at once. A path that is
 * undefined is not asked for.
 */
export function useAnswer<Answer>(path: string | undefined, follow: Store<number> | null = news): Answered<Answer> {
  const [state, setState] = useState<{ path?: string; answer?: Answer; error?: Error }>({});
  const running = useRef<{ path: string; again: boolean; abort: AbortController } | undefined>(undefined);

  const load = useCallback(() => {
    if (path === undefined) return;
    if (running.current?.path === path) {
      running.current.again = true;
      return;
    }
    running.current?.abort.abort();
    const run = { path, again: false, abort: new AbortController() };
    running.current = run;
    ask<Answer>(path, { signal: run.abort.signal })
      .then(
        (answer) => {
          // A refusal from before somebody signed in may have come after it.
          tokenAsked.set(false);
          if (running.current === run) setState({ path, answer });
        },
        (error: Error) => {
          if (running.current !== run) return;
          if (error instanceof NeedsToken) tokenAsked.set(true);
          // What an error leaves on the screen is said to be old.
          setState((before) => ({ path, error, answer: before.path === path ? before.answer : undefined }));
        },
      )
      .finally(() => {
        if (running.current !== run) return;
        running.current = undefined;
        if (run.again) load();
      });
  }, [path]);

  useEffect(() => {
    load();
    const end = follow?.follow(load);
    return () => {
      end?.();
      running.current?.abort.abort();
      running.current = undefined;
    };
  }, [load, follow]);

  const { answer, error } = state;
  return { answer, error: state.path === path ? error : undefined, loading: state.path !== path, reload: load };
}
