// Builds dist where a source is newer than its output: each file alone by swc, as Jest does it, which takes a second where
// the compiler takes ten. Types are checked by `npm run check`. The output of a source that is gone is removed.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const roots = ['apps', 'libs', 'bench'];
const modified = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -1;
/** A new compiler or a change of this file makes everything stale. */
const ruleChange = Math.max(modified('tools/build.js'), modified('node_modules/@swc/core/package.json'));

function filesIn(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => `${entry.parentPath}/${entry.name}`);
}

/** Where the output of a source goes, or undefined for what is no part of the program. */
function outputOf(source) {
  if (source.startsWith('apps/web/')) return undefined;
  if (/\.(spec|fixture)\.\w+$|\.d\.ts$/.test(source)) return undefined;
  if (source.endsWith('.ts')) return `dist/${source.slice(0, -3)}.js`;
  return source.endsWith('.json') || source.includes('/assets/') ? `dist/${source}` : undefined;
}

async function compile(source, output) {
  const { code, map } = await transformFile(source, {
    configFile: false,
    swcrc: false,
    sourceMaps: true,
    sourceFileName: fileURLToPath(new URL(`../${source}`, import.meta.url)),
    module: { type: 'es6' },
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      experimental: { keepImportAttributes: true },
    },
  });
  await writeFile(`${output}.map`, map ?? '');
  await writeFile(output, `${code}//# sourceMappingURL=${basename(output)}.map\n`);
}

const outputs = new Map();
for (const source of roots.flatMap(filesIn)) {
  const output = outputOf(source);
  if (output) outputs.set(output, source);
}
for (const file of roots.flatMap((root) => filesIn(`dist/${root}`))) {
  if (file.startsWith('dist/apps/web/')) continue;
  if (!outputs.has(file.replace(/\.map$/, ''))) rmSync(file);
}
const stale = [...outputs].filter(([output, source]) => modified(output) <= Math.max(modified(source), ruleChange));
if (stale.length > 0) process.stderr.write(`Building ${stale.length} of ${outputs.size} files …\n`);
for (const folder of new Set(stale.map(([output]) => dirname(output)))) mkdirSync(folder, { recursive: true });
await Promise.all(
  stale.map(([output, source]) => (source.endsWith('.ts') ? compile(source, output) : copyFile(source, output))),
);

/** The page is one bundle: it is built anew where anything that could be in it is newer. */
const pageSources = ['apps/web', 'libs/domain'].flatMap(filesIn).filter((file) => !file.endsWith('.spec.ts'));
const pageChange = Math.max(
  modified('node_modules/vite/package.json'),
  ...[...pageSources, 'tools/build.js'].map(modified),
);
if (modified('dist/apps/web/index.html') <= pageChange) {
  process.stderr.write('Building the page …\n');
  const { build } = await import('vite');
  await build({ configFile: 'apps/web/vite.config.js', logLevel: 'warn' });
}
