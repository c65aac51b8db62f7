const dark = matchMedia('(prefers-color-scheme: dark)');

/** Value of a custom property of the page, as the scheme has it now; for what is drawn on a canvas. */
export function paint(property: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(property).trim();
}

/** Returns what ends it. */
export function whenSchemeChanges(handler: () => void): () => void {
  dark.addEventListener('change', handler);
  return () => dark.removeEventListener('change', handler);
}
