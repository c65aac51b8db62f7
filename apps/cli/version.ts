import { readFileSync } from 'node:fs';

/** The version in the package.json above, from the sources and from dist alike. */
export function version(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const { name, version: found } = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as Record<
        string,
        string
      >;
      if (name === 'amberwatch' && found) return found;
    } catch {
      // Not at this level: the next one is tried.
    }
  }
  return 'unknown';
}
