import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { exitStatus, type Input } from '../command.js';
import type { Terminal } from '../terminal.js';

/**
 * Has the server's program mend its files, since only the server knows a store. It must not run meanwhile: the files are
 * locked then, and it says so.
 */
export async function run({ options }: Input, terminal: Terminal): Promise<number> {
  const server = fileURLToPath(new URL('../../server/main.js', import.meta.url));
  const { data } = options as { data?: string };
  const env = { ...terminal.environment, ...(data === undefined ? {} : { AMBERWATCH_DATA: data }) };
  const { failed, out, err } = await new Promise<{ failed: boolean; out: string; err: string }>((resolve) => {
    execFile(process.execPath, [server, '--repair'], { env }, (error, stdout, stderr) =>
      resolve({ failed: error !== null, out: stdout, err: stderr }),
    );
  });
  terminal.err(err);
  if (failed) return exitStatus.unhealthy;
  terminal.out(options['json'] ? `${JSON.stringify({ files: out.trimEnd().split('\n') })}\n` : out);
  return exitStatus.fine;
}
