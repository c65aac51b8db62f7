import { Observable } from 'rxjs';

/** A batch that was accepted. */
export interface Arrival {
  host: string;
  time: string;
  programs: number;
}

/** What was accepted in some time. */
export interface SampleDigest {
  batches: number;
  /** Samples of programs. */
  programs: number;
  /** Names of hosts that sent, the first of them. */
  hosts: string[];
  /** How many sent, those that are not named included. */
  hostCount: number;
}

const MAX_NAMED_HOSTS = 100;

/**
 * Arrivals as digests that lie `paceMs` apart at least: what comes after a quiet time is told at once, all else at the end
 * of the pace. What is not told yet when the arrivals end is left out.
 */
export function digested(arrivals: Observable<Arrival>, paceMs: number): Observable<SampleDigest> {
  return new Observable((subscriber) => {
    let waiting: Arrival[] = [];
    let timer: NodeJS.Timeout | undefined;
    const tell = () => {
      timer = undefined;
      if (waiting.length === 0) return;
      const told = digestOf(waiting);
      waiting = [];
      timer = setTimeout(tell, paceMs);
      subscriber.next(told);
    };
    const subscription = arrivals.subscribe({
      next: (arrival) => {
        waiting.push(arrival);
        if (timer === undefined) tell();
      },
      complete: () => subscriber.complete(),
    });
    return () => {
      clearTimeout(timer);
      subscription.unsubscribe();
    };
  });
}

function digestOf(arrivals: Arrival[]): SampleDigest {
  const hosts = new Set(arrivals.map(({ host }) => host));
  return {
    batches: arrivals.length,
    programs: arrivals.reduce((sum, { programs }) => sum + programs, 0),
    hosts: [...hosts].slice(0, MAX_NAMED_HOSTS),
    hostCount: hosts.size,
  };
}
