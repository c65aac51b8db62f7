import type { FleetView as Fleet } from '#domain';
import type { Address } from '../address.js';
import { adjust } from '../navigation.js';
import { Link } from '../parts/link.js';
import { Name } from '../parts/name.js';
import { SearchBox } from '../parts/search-box.js';
import { Sight } from '../parts/sight.js';
import { NONE, whole } from '../text.js';

const states = ['red', 'amber', 'blind'] as const;
type State = (typeof states)[number];

/** The state that an address filters by, if it is one. */
export const knownState = (text: string | undefined): State | undefined => states.find((state) => state === text);

/** How many hosts are how, and what of them is shown. */
export function FleetBar({ address, counts }: { address: Address; counts: Fleet['counts'] | undefined }) {
  const shown = knownState(address.state);
  const grouped = address.group === 'service';
  return (
    <div class="toolbar">
      <div class="fleet-counts" role="group" aria-label="Hosts in which state">
        <button type="button" aria-pressed={shown === undefined} onClick={() => adjust({ state: undefined })}>
          All <strong>{counts ? whole(counts.hosts) : NONE}</strong>
        </button>
        {states.map((state) => (
          <button
            key={state}
            type="button"
            class={counts && counts[state] > 0 ? '' : 'none'}
            aria-pressed={shown === state}
            onClick={() => adjust({ state: shown === state ? undefined : state })}
          >
            <Sight of={state} /> <strong>{counts ? whole(counts[state]) : NONE}</strong>
          </button>
        ))}
      </div>
      <SearchBox
        label="Find hosts by name or service"
        placeholder="Host or service"
        text={address.q ?? ''}
        onText={(text) => adjust({ q: text === '' ? undefined : text })}
      />
      {address.service !== undefined && (
        <button type="button" class="fleet-chip" onClick={() => adjust({ service: undefined })}>
          Service {address.service === '' ? 'none' : <Name of={address.service} />} <span aria-hidden="true">✕</span>
          <span class="for-readers">: show all services</span>
        </button>
      )}
      <button
        type="button"
        aria-pressed={grouped}
        onClick={() => adjust({ group: grouped ? undefined : 'service', order: undefined })}
      >
        By service
      </button>
      <Link to={{ view: 'start' }} class="fleet-connect">
        Connect a host
      </Link>
    </div>
  );
}
