import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One temporary folder for the whole run; what tests left running is killed, and the folder is removed with the rest. */
export default function setup() {
  const folder = mkdtempSync(join(tmpdir(), 'amberwatch-run-'));
  process.env.TEST_RUN_FOLDER = folder;
  const clean = () => {
    for (const name of readdirSync(folder)) {
      const pid = /^pid-(\d+)$/.exec(name)?.[1];
      if (pid === undefined) continue;
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
    rmSync(folder, { recursive: true, force: true });
  };
  globalThis.cleanTestRun = clean;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => {
      clean();
      process.exit(1);
    });
  }
}
