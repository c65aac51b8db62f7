import type { HostTags } from '#domain';

/** Tags in one form, so that a device is one text. */
export function tagsText(tags: HostTags): string {
  const known = Object.entries(tags).filter(([, value]) => value !== undefined);
  return JSON.stringify(Object.fromEntries(known.toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
