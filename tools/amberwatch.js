#!/usr/bin/env node
// The program `amberwatch` of a checkout: builds once where nothing is built yet, then runs it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const program = new URL('../dist/apps/cli/main.js', import.meta.url);
if (!existsSync(program)) {
  const { spawnSync } = await import('node:child_process');
  const build = fileURLToPath(new URL('build.js', import.meta.url));
  const { status } = spawnSync(process.execPath, [build], { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}
await import(program.href);
