import type { ComponentChildren } from 'preact';

/** A part that is wider than a narrow screen: it scrolls by itself, with the arrow keys too. */
export function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="table-scroll" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}
