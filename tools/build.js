// Builds dist where a source is newer than it, and does nothing where none is. Types are checked by `npm run check`.
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const stamp = 'dist/.built';
const sources = ['apps', 'libs', 'bench', 'tsconfig.json', 'tsconfig.build.json', 'package.json', 'package-lock.json'];

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  const within = readdirSync(path).map((name) => newest(`${path}/${name}`));
  return Math.max(stat.mtimeMs, ...within);
}

if (Math.max(...sources.map(newest)) >= modified(stamp)) {
  process.stderr.write('Building …\n');
  const started = new Date();
  const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--noCheck'], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  // tsc copies nothing but code: the dashboard's page goes along here.
  cpSync('apps/server/dashboard/assets', 'dist/apps/server/dashboard/assets', { recursive: true });
  writeFileSync(stamp, started.toISOString());
}
