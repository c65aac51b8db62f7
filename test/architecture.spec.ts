import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '..');
type Area = 'domain' | 'store' | 'client' | 'runtime' | 'server' | 'collector' | 'alarm' | 'prediction' | 'cli';

/** Who may import whom, as in ARCHITECTURE. */
const allowed: Record<Area, Area[]> = {
  domain: [],
  runtime: [],
  store: ['domain'],
  client: ['domain'],
  server: ['domain', 'store', 'runtime'],
  collector: ['domain', 'client', 'runtime'],
  alarm: ['domain', 'client', 'runtime'],
  prediction: ['domain', 'client', 'runtime'],
  cli: ['domain', 'client', 'runtime'],
};

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function areaOf(file: string): Area {
  return relative(root, file).split('/')[1] as Area;
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/(?:from\s+|import\s+|import\(\s*)['"]([^'"]+)['"]/g);
  return [...found].map((match) => match[1] as string);
}

/** The area that an import leads to, or undefined where it is a package. */
function target(file: string, specifier: string): Area | undefined {
  if (specifier.startsWith('#')) return specifier.slice(1).split('/')[0] as Area;
  if (!specifier.startsWith('.')) return undefined;
  const path = join(file, '..', specifier);
  return /^(apps|libs)\//.test(relative(root, path)) ? areaOf(path) : undefined;
}

const files = ['libs', 'apps'].flatMap((folder) => sources(join(root, folder)));

describe('the import table', () => {
  it.each(Object.keys(allowed) as Area[])('lets %s import only what it may', (area) => {
    const wrong = files
      .filter((file) => areaOf(file) === area)
      .flatMap((file) =>
        importsOf(file)
          .map((specifier) => ({ specifier, to: target(file, specifier) }))
          .filter(({ to }) => to !== undefined && to !== area && !allowed[area].includes(to))
          .map(({ specifier }) => `${relative(root, file)} imports ${specifier}`),
      );
    expect(wrong).toEqual([]);
  });

  it('keeps the domain free of everything but zod', () => {
    const wrong = files
      .filter((file) => areaOf(file) === 'domain' && !file.endsWith('.spec.ts'))
      .flatMap((file) => importsOf(file).filter((specifier) => !specifier.startsWith('.') && specifier !== 'zod'));
    expect(wrong).toEqual([]);
  });

  it('keeps the clock out of the domain', () => {
    const wrong = files
      .filter((file) => areaOf(file) === 'domain' && !file.endsWith('.spec.ts'))
      .filter((file) => /Date\.now\(|performance\.now\(|new Date\(\)/.test(readFileSync(file, 'utf8')));
    expect(wrong.map((file) => relative(root, file))).toEqual([]);
  });

  it('has another lib imported by its name and files of the same lib by their path', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((specifier) => {
          const to = target(file, specifier);
          if (to === undefined) return false;
          return specifier.startsWith('#') ? to === areaOf(file) : to !== areaOf(file);
        })
        .map((specifier) => `${relative(root, file)} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('finds sources in every area', () => {
    const seen = new Set(files.map(areaOf));
    expect(['domain', 'store', 'client', 'runtime', 'server'].filter((area) => !seen.has(area as Area))).toEqual([]);
  });
});
