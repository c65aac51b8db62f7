import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

/**
 * The name of the host. In a container that is not the container's own, where the host's files are seen.
 *
 * @param root where the host's file systems are mounted, `/` outside of a container
 * @param proc where its /proc is
 */
export function hostNameFrom(root: string, proc: string): string {
  const places = [
    ...(root === '/' ? [] : [join(root, 'etc/hostname')]),
    ...(proc === '/proc' ? [] : [join(proc, '1/root/etc/hostname')]),
  ];
  for (const place of places) {
    try {
      const name = readFileSync(place, 'utf8').trim();
      if (name) return name.slice(0, 255);
    } catch {
      // Not seen from here; the next place may be.
    }
  }
  return hostname() || 'localhost';
}
