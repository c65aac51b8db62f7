/** The shell that a command talks to; tests give their own. */
export interface Terminal {
  out: (text: string) => void;
  err: (text: string) => void;
  /** Width of a line of the output, as it is now; undefined if it isn't a terminal. */
  readonly columns: number | undefined;
  readonly rows: number | undefined;
  color: boolean;
  /** Whether progress may rewrite its line. */
  rewritesErr: boolean;
  environment: Record<string, string | undefined>;
  /** Aborted by Ctrl-C, for commands that run until told to stop. */
  untilStopped: () => AbortSignal;
  /** Hears what is typed, key by key and without showing it; `end` gives the keyboard back. */
  onTyped: (listener: (text: string) => void) => { end: () => void };
  /** Hears when the terminal has got another size. */
  onResize: (listener: () => void) => { end: () => void };
}

/**
 * The terminal of this process. A reader that leaves early, as in `amberwatch servers | head -1`, ends the program
 * without an error.
 */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
  }
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    get columns() {
      return stdout.isTTY ? stdout.columns : undefined;
    },
    get rows() {
      return stdout.isTTY ? stdout.rows : undefined;
    },
    color: wantsColor(stdout, env),
    rewritesErr: stderr.isTTY,
    environment: env,
    untilStopped,
    onTyped,
    onResize,
  };
}

/** Colours are for terminals; `NO_COLOR` turns them off (https://no-color.org). */
function wantsColor(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): boolean {
  if (environment['NO_COLOR']) return false;
  if (environment['FORCE_COLOR'] && environment['FORCE_COLOR'] !== '0') return true;
  return stream.isTTY;
}

function untilStopped(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  return stop.signal;
}

function onTyped(listener: (text: string) => void): { end: () => void } {
  const { stdin } = process;
  if (!stdin.isTTY) return { end: () => undefined };
  stdin.setEncoding('utf8').setRawMode(true).on('data', listener);
  return {
    end: () => {
      stdin.off('data', listener).setRawMode(false);
      stdin.pause();
    },
  };
}

function onResize(listener: () => void): { end: () => void } {
  process.stdout.on('resize', listener);
  return { end: () => void process.stdout.off('resize', listener) };
}

const codes = { red: 31, green: 32, yellow: 33, bold: 1, dim: 2 } as const;

export type Paint = keyof typeof codes;

export function paint(text: string, color: Paint, terminal: Pick<Terminal, 'color'>): string {
  return terminal.color ? `\u001b[${codes[color]}m${text}\u001b[0m` : text;
}
