import { useEffect, useRef, useState } from 'preact/hooks';
import { NeedsToken } from './ask.js';
import { news } from './live.js';
import { type Answered, tokenAsked } from './use-answer.js';

/** How long after a failure the question is asked again. */
const RETRY_MS = 5_000;

type Question<Answer> = (signal: AbortSignal) => Promise<Answer>;

/**
 * The answer to a question of several requests, asked anew when `key` is another, and after news, but at most once in
 * `paceMs` and never twice at once; without a pace, news do not matter. Until the next answer, the one before stays.
 */
export function useLive<Answer>(
  key: string | undefined,
  question: Question<Answer>,
  paceMs: number | undefined,
): Answered<Answer> & { reload: () => void } {
  const [state, setState] = useState<{ key?: string; answer?: Answer; error?: Error }>({});
  const asked = useRef(question);
  asked.current = question;
  const reload = useRef(() => {});

  useEffect(() => {
    if (key === undefined) return;
    const abort = new AbortController();
    const follower = new Follower(async () => {
      try {
        const answer = await asked.current(abort.signal);
        if (!abort.signal.aborted) setState({ key, answer });
      } catch (error) {
        if (abort.signal.aborted) return;
        if (error instanceof NeedsToken) tokenAsked.set(true);
        else follower.hearLater();
        setState(({ key: before, answer }) => ({ key, error: error as Error, answer: before === key ? answer : undefined })); // prettier-ignore
      }
    }, paceMs ?? 0);
    reload.current = () => follower.ask();
    follower.ask();
    const end = paceMs === undefined ? undefined : news.follow(() => follower.hear());
    return () => {
      end?.();
      follower.stop();
      abort.abort();
    };
  }, [key, paceMs]);

  const { answer, error } = state;
  return {
    answer,
    error: state.key === key ? error : undefined,
    loading: state.key !== key,
    reload: () => reload.current(),
  };
}

/** Asks, and after news again once the pace allows it and the answer before is there. */
class Follower {
  private askedAt = 0;
  private running = false;
  private again = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly run: () => Promise<void>,
    private readonly paceMs: number,
  ) {}

  ask(): void {
    if (this.running) {
      this.again = true;
      return;
    }
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running = true;
    this.askedAt = Date.now();
    void this.run().finally(() => {
      this.running = false;
      if (this.again) this.hear();
      this.again = false;
    });
  }

  hear(): void {
    if (this.timer !== undefined) return;
    const wait = this.askedAt + this.paceMs - Date.now();
    if (wait <= 0) this.ask();
    else {
      this.timer = setTimeout(() => {
        this.timer = undefined;
        this.ask();
      }, wait);
    }
  }

  /** After a failure it asks again by itself, since there may be no news for long. */
  hearLater(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.ask();
    }, RETRY_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.again = false;
    // What is still running must not begin anew.
    this.running = true;
  }
}
