/** What a fault needs to know of the run that it is part of. */
export interface FaultRun {
  /** The long form, by hand; the short one is part of every check. */
  long: boolean;
  /** Whatever a fault chooses by chance comes from this, so that a table can be made again. */
  random: () => number;
  /** Says on standard error what goes on. */
  progress: (text: string) => void;
}

/** What one fault did to the acknowledged samples and to the processes. */
export interface Outcome {
  /** How often the fault was brought about. */
  tries: number;
  /** Samples that were acknowledged, and what of them is not in the store, is there twice, or is another value. */
  acknowledged?: number;
  lost: number;
  doubled: number;
  /** Samples in the store that nobody sent, or that are not what was sent. */
  unknown: number;
  /** Seconds from the end of the fault until all that waited was stored, and the probe seen. */
  recoverySeconds?: number;
  /** Most resident memory of each process, bytes, by its name. */
  peakBytes: Record<string, number>;
  /** What did not come out as it must, a sentence each; empty: it is survived. */
  problems: string[];
  /** What was measured beside, such as `p99 0.4 s`; goes into the table. */
  notes?: string[];
}

export interface Fault {
  /** Short and in small letters, such as `server-killed-duckdb`; `--only` finds it by a part of it. */
  name: string;
  /** What happens, for the table. */
  what: string;
  /** Left out of the short form. */
  longOnly?: boolean;
  /** Why it can't be run here, such as a missing program; undefined where it can. */
  missing?: () => string | undefined;
  run: (run: FaultRun) => Promise<Outcome>;
}
