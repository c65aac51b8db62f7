import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';

/**
 * `node --import <this file> some.ts` runs the TypeScript sources as they are, so that tests can start processes of
 * their own without a build.
 */
if (isMainThread) register(import.meta.url);

const root = new URL('../../', import.meta.url);

export async function resolve(specifier, context, next) {
  const [, library, file = 'index'] =
    /^#(alarm|client|domain|prediction|runtime|store)(?:\/(.+))?$/.exec(specifier) ?? [];
  if (library) return next(new URL(`libs/${library}/${file}.ts`, root).href, context);
  if (specifier.startsWith('.') && context.parentURL?.endsWith('.ts')) {
    return next(specifier.replace(/\.js$/, '.ts'), context);
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const { code } = await transform(await readFile(fileURLToPath(url), 'utf8'), {
    filename: fileURLToPath(url),
    sourceMaps: 'inline',
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
    module: { type: 'es6' },
  });
  return { format: 'module', source: code, shortCircuit: true };
}
