import type { ServerTrust } from './server-trust.js';
import type { Fetch } from './trusted-fetch.js';

export type { Fetch };

/** Node's `fetch`, or one by files where these say whom to trust; that one is loaded for its first request. */
export function fetchBy(trust: ServerTrust | undefined): Fetch {
  if (!trust) return (url, init) => fetch(url, { ...init, redirect: 'error' });
  let loaded: Promise<Fetch> | undefined;
  return async (url, init) => {
    loaded ??= import('./trusted-fetch.js').then(({ trustedFetch }) => trustedFetch(trust));
    return (await loaded)(url, init);
  };
}
