import type { Address } from '../address.js';
import { Store, useStore } from '../store.js';

const open = new Store(false);

export function openPalette(): void {
  open.set(true);
}

/** Jumps to hosts, programs, alerts and moments by name. */
export function Palette(_: { address: Address }) {
  const shown = useStore(open);
  return shown ? <p>Palette</p> : null;
}
