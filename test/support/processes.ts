import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
export type AppName = 'server' | 'collector' | 'prediction' | 'alarm';

/** A real process of ours, as a user starts it, with everything it printed. */
export interface RunningApp {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Standard output and error together, as far as they have come. */
  output: () => string;
  /** Standard output alone. */
  stdout: () => string;
  /** Resolves with the first match in the output; rejects with the output where it does not come in time. */
  waitFor: (pattern: RegExp, limitMs?: number) => Promise<RegExpExecArray>;
  /** Sends the signal and resolves with the exit status, or the signal's name where that ended it. */
  stop: (signal?: NodeJS.Signals) => Promise<number | NodeJS.Signals>;
  readonly exited: Promise<number | NodeJS.Signals>;
}

/** Made by the run's global set-up, which removes it and kills whatever is named in it when the run ends. */
const runFolder = process.env['TEST_RUN_FOLDER'] ?? tmpdir();

/** Resolves once the condition holds; rejects with `what` where it does not within the limit. */
export async function waitUntil<Value>(
  what: string,
  condition: () => Promise<Value | undefined | false> | Value | undefined | false,
  limitMs = 20_000,
): Promise<Value> {
  const end = Date.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`${what} did not happen within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Starts `node dist/apps/<name>/main.js`, which `npm test` has built, in a folder of its own. */
export function startApp(
  name: AppName,
  env: Record<string, string>,
  options: { cwd?: string; args?: string[] } = {},
): RunningApp {
  const main = join(root, 'dist', 'apps', name, 'main.js');
  return startProcess(process.execPath, [main, ...(options.args ?? [])], env, options.cwd ?? tmpdir());
}

/** Starts any program and follows its output; it is killed when the test run ends. */
export function startProcess(command: string, args: string[], env: Record<string, string>, cwd: string): RunningApp {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(AMBERWATCH|INFLUX|NODE_OPTIONS)/.test(key)),
  );
  const child = spawn(command, args, {
    cwd,
    env: { ...inherited, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pidFile = join(runFolder, `pid-${child.pid}`);
  writeFileSync(pidFile, '');
  let all = '';
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    all += text;
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (all += text));
  const exited = once(child, 'close').then(([code, signal]) => {
    rmSync(pidFile, { force: true });
    return (code ?? signal) as number | NodeJS.Signals;
  });
  let ended = false;
  void exited.then(() => (ended = true));
  return {
    pid: child.pid as number,
    child,
    output: () => all,
    stdout: () => out,
    exited,
    waitFor: async (pattern, limitMs = 20_000) => {
      try {
        return await waitUntil(
          String(pattern),
          () => {
            const match = pattern.exec(all);
            if (!match && ended) throw new Error('it ended');
            return match ?? undefined;
          },
          limitMs,
        );
      } catch (error) {
        throw new Error(`${String(pattern)} did not come (${(error as Error).message}). Output:\n${all}`, {
          cause: error,
        });
      }
    },
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return exited;
    },
  };
}

/** A server on a free port with its data in `data`, ready to be asked. */
export async function startServer(
  data: string,
  env: Record<string, string> = {},
): Promise<RunningApp & { url: string }> {
  const app = startApp('server', { AMBERWATCH_PORT: '0', AMBERWATCH_DATA: data, ...env });
  // How fast it starts is not what is asked here, and a busy machine takes its time.
  const [, url] = await app.waitFor(/listens on (https?:\/\/\S+?),? /, 55_000);
  return { ...app, url: url as string };
}

/** A temporary folder that is removed when the test run ends. */
export function temporaryFolder(): string {
  return mkdtempSync(join(runFolder, 'folder-'));
}

/** Stops whatever of these still runs. */
export async function stopAll(apps: (RunningApp | undefined)[]): Promise<void> {
  const alive = apps.filter((app) => app !== undefined && app.child.exitCode === null && app.child.signalCode === null);
  for (const app of alive) await app?.stop('SIGKILL');
}
