import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '..');
type Lib = 'domain' | 'alarm' | 'prediction' | 'store' | 'client' | 'runtime';
type Area = `libs/${Lib}` | `apps/${'server' | 'collector' | 'alarm' | 'prediction' | 'cli' | 'web'}`;

/** Who may import whom, as in ARCHITECTURE. */
const allowed: Record<Area, Lib[]> = {
  'libs/domain': [],
  'libs/alarm': ['domain'],
  'libs/prediction': ['domain'],
  'libs/runtime': [],
  'libs/store': ['domain'],
  'libs/client': ['domain'],
  'apps/server': ['domain', 'store', 'runtime'],
  'apps/collector': ['domain', 'client', 'runtime'],
  'apps/alarm': ['domain', 'alarm', 'client', 'runtime'],
  'apps/prediction': ['domain', 'prediction', 'client', 'runtime'],
  'apps/web': ['domain'],
  'apps/cli': ['domain', 'alarm', 'prediction', 'client', 'runtime'],
};
/** Libs that are nothing but functions of their arguments. */
const pure: Area[] = ['libs/domain', 'libs/alarm', 'libs/prediction'];
/** Who may import one file of a lib in place of the whole, because start time and memory are what it is chosen for. */
const light: Area[] = ['apps/collector', 'apps/cli', 'apps/web', 'libs/client'];

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Whether a file of the domain, or one that it imports, needs zod, which the page has no room for. */
function bringsSchemas(specifier: string): boolean {
  const file = join(root, 'libs', `${specifier.slice(1).includes('/') ? specifier.slice(1) : 'domain/index'}.ts`);
  const imported = importsOf(file);
  return imported.some((one) =>
    one.startsWith('.') ? bringsSchemas(`#domain/${one.slice(2).replace(/\.js$/, '')}`) : one === 'zod',
  );
}

function areaOf(file: string): Area {
  return relative(root, file).split('/').slice(0, 2).join('/') as Area;
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/(?:from\s+|import\s+|import\(\s*)['"]([^'"]+)['"]/g);
  return [...found].map((match) => match[1] as string);
}

/** The area that an import leads to, or undefined where it is a package. */
function target(file: string, specifier: string): Area | undefined {
  if (specifier.startsWith('#')) return `libs/${specifier.slice(1).split('/')[0] as Lib}`;
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
          .filter(({ to }) => to !== undefined && to !== area && !allowed[area].some((lib) => to === `libs/${lib}`))
          .map(({ specifier }) => `${relative(root, file)} imports ${specifier}`),
      );
    expect(wrong).toEqual([]);
  });

  it('keeps domain, alarm and prediction free of everything but zod and the domain', () => {
    const wrong = files
      .filter((file) => pure.includes(areaOf(file)) && !file.endsWith('.spec.ts'))
      .flatMap((file) =>
        importsOf(file)
          .filter((specifier) => !specifier.startsWith('.') && !['zod', '#domain'].includes(specifier))
          .map((specifier) => `${relative(root, file)} imports ${specifier}`),
      );
    expect(wrong).toEqual([]);
  });

  it('gives the page types of the domain, and of its code only what brings no schema along', () => {
    const wrong = files
      .filter((file) => areaOf(file) === 'apps/web' && !file.endsWith('.spec.ts'))
      .flatMap((file) => {
        const text = readFileSync(file, 'utf8');
        const found = text.matchAll(/import\s+(type\s)?[^'"]*?['"](#domain[^'"]*)['"]/g);
        return [...found]
          .filter(([, type, specifier]) => type === undefined && bringsSchemas(specifier as string))
          .map(([, , specifier]) => `${relative(root, file)} imports ${specifier as string}`);
      });
    expect(wrong).toEqual([]);
  });

  it('keeps the clock out of them', () => {
    const wrong = files
      .filter((file) => pure.includes(areaOf(file)) && !file.endsWith('.spec.ts'))
      .filter((file) => /Date\.now\(|performance\.now\(|new Date\(\)/.test(readFileSync(file, 'utf8')));
    expect(wrong.map((file) => relative(root, file))).toEqual([]);
  });

  it('has a lib imported by its one name, but where every millisecond of the start counts', () => {
    const wrong = files
      .filter((file) => !light.includes(areaOf(file)))
      .flatMap((file) => importsOf(file).filter((specifier) => /^#\w+\//.test(specifier)));
    expect(wrong).toEqual([]);
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

  it("keeps the store's adapters apart: InfluxDB knows nothing of DuckDB, nor the port of either", () => {
    const folderOf = (file: string) => relative(join(root, 'libs/store'), file).split('/').slice(0, -1).join('/');
    const forbidden: Record<string, string[]> = { influx: ['duckdb', 'state'], duckdb: ['influx', 'state'] };
    const wrong = sources(join(root, 'libs/store')).flatMap((file) =>
      importsOf(file)
        .filter((specifier) => specifier.startsWith('.'))
        .filter((specifier) => forbidden[folderOf(file)]?.includes(folderOf(join(file, '..', specifier))))
        .map((specifier) => `${relative(root, file)} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
    const port = importsOf(join(root, 'libs/store/usage-store.ts'));
    expect(port.filter((specifier) => /duckdb|influx|state/.test(specifier))).toEqual([]);
  });

  it("has no circle among the server's features", () => {
    const featureOf = (path: string) => /^apps\/server\/(\w+)\//.exec(relative(root, path))?.[1];
    const edges = new Map<string, Set<string>>();
    for (const file of files.filter((one) => areaOf(one) === 'apps/server')) {
      const from = featureOf(file);
      if (from === undefined) continue;
      const to = importsOf(file).map((specifier) => featureOf(join(file, '..', specifier)));
      const known = edges.get(from) ?? new Set<string>();
      for (const one of to) if (one !== undefined && one !== from) known.add(one);
      edges.set(from, known);
    }
    const circle = (feature: string, path: string[]): string[] | undefined => {
      if (path.includes(feature)) return [...path, feature];
      for (const next of edges.get(feature) ?? []) {
        const found = circle(next, [...path, feature]);
        if (found) return found;
      }
      return undefined;
    };
    expect([...edges.keys()].map((feature) => circle(feature, [])).filter((found) => found !== undefined)).toEqual([]);
    expect(edges.size).toBeGreaterThan(5);
  });

  it('finds sources in every area', () => {
    const seen = new Set(files.map(areaOf));
    expect((Object.keys(allowed) as Area[]).filter((area) => !seen.has(area))).toEqual([]);
  });
});
