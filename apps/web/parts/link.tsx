import type { ComponentChildren } from 'preact';
import { type Address, formatAddress } from '../address.js';

/** A link to a view; a plain click is followed without loading the page anew. */
export function Link({
  to,
  children,
  class: className,
  current = false,
  label,
}: {
  to: Address;
  children: ComponentChildren;
  class?: string;
  current?: boolean;
  label?: string;
}) {
  return (
    <a href={formatAddress(to)} class={className} aria-current={current ? 'page' : undefined} aria-label={label}>
      {children}
    </a>
  );
}
