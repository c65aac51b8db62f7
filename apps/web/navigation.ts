import { type Address, formatAddress, parseAddress } from './address.js';
import { Store, useStore } from './store.js';

const shown = new Store<Address>(parseAddress(location.search));

addEventListener('popstate', () => shown.set(parseAddress(location.search)));

/** Shows another view; `replace` where going back should not lead to the one before. */
export function go(address: Address, { replace = false } = {}): void {
  const href = formatAddress(address);
  if (replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  shown.set(address);
}

/** Changes a part of what is shown. */
export function adjust(part: Partial<Address>, { replace = true } = {}): void {
  go({ ...shown.value, ...part }, { replace });
}

export function useAddress(): Address {
  return useStore(shown);
}

/** A click on a link of the page that the browser need not see: no new tab, no download. */
export function followLink(event: MouseEvent): void {
  if (
    event.defaultPrevented ||
    event.button !== 0 ||
    event.metaKey ||
    event.ctrlKey ||
    event.shiftKey ||
    event.altKey
  ) {
    return;
  }
  const link = (event.target as Element | null)?.closest('a');
  if (!link || link.target !== '' || link.origin !== location.origin || link.pathname !== '/') return;
  if (link.hash !== '') return;
  event.preventDefault();
  go(parseAddress(link.search));
}
