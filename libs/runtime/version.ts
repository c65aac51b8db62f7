import { readFileSync } from 'node:fs';

/** Version of this package, read from the package.json nearest above this file. */
export const VERSION: string = (() => {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    try {
      return (JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as { version: string }).version;
    } catch {
      if (folder.pathname === '/') return 'unknown';
    }
  }
})();
