import type { Address } from '../address.js';
import { Store, useStore } from '../store.js';

const open = new Store(false);

export function openPalette(): void {
  open.set(true);
}

/** Jumps to hosts, programs, alerts and moments by name. */
export function Palette({ address }: { address: Address }) {
  const shown = useStore(open);
  return shown ? <p>Palette {address.view}</p> : null;
}
