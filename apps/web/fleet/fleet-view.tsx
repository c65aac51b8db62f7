import { useState } from 'preact/hooks';
import type { AlarmState, FleetView as Fleet } from '#domain';
import { routes } from '#domain/routes';
import type { Address } from '../address.js';
import { adjust } from '../navigation.js';
import { useTitle } from '../parts/heading.js';
import { Notice, Whole } from '../parts/notice.js';
import { withQuery } from '../server/ask.js';
import { useAnswer } from '../server/use-answer.js';
import { SetupPanel } from '../start/setup-panel.js';
import { nameText } from '../text.js';
import { FleetBar, knownState } from './fleet-bar.js';
import { FleetTable, knownOrder } from './fleet-table.js';
import { ServiceTable } from './service-table.js';
import './fleet.css';

/** Hosts that are asked for at first, and so many more whenever the end of them is near. */
const STEP = 200;

/** Every host in one row, those in most trouble first. */
export function FleetView({ address, alarm }: { address: Address; alarm: AlarmState | undefined }) {
  useTitle('Fleet');
  const { q: match, service } = address;
  const state = knownState(address.state);
  const grouped = address.group === 'service';
  const order = grouped ? undefined : knownOrder(address.order);
  const scope = withQuery(routes.fleet, { match, service, state, order });
  const [extent, setExtent] = useState({ scope, limit: STEP });
  const limit = grouped ? 1 : extent.scope === scope ? extent.limit : STEP;
  const fleet = useAnswer<Fleet>(withQuery(routes.fleet, { match, service, state, order, limit }));
  const answer = fleet.answer;
  return (
    <>
      <h1 class="for-readers">Fleet</h1>
      <SetupPanel />
      <FleetBar address={address} counts={answer?.counts} />
      <Whole of={fleet}>
        {(shown) => {
          if (shown.counts.hosts === 0) return null;
          if (shown.matched === 0) return <NoneMatches address={address} />;
          if (grouped) return <ServiceTable fleet={shown} order={address.order} />;
          return (
            <FleetTable
              fleet={shown}
              alarm={alarm}
              order={order ?? 'trouble'}
              onMore={() => {
                if (!fleet.loading) setExtent({ scope, limit: shown.hosts.length + STEP });
              }}
            />
          );
        }}
      </Whole>
    </>
  );
}

function NoneMatches({ address: { q, service, state } }: { address: Address }) {
  const asked = [
    q !== undefined && `“${nameText(q)}” in its name or service`,
    service !== undefined && (service === '' ? 'no service' : `the service “${nameText(service)}”`),
    knownState(state) !== undefined && `the state ${state?.toUpperCase()}`,
  ].filter((one) => one !== false);
  return (
    <Notice kind="empty" title={`No host has ${asked.join(' and ')}.`}>
      <button type="button" onClick={() => adjust({ q: undefined, service: undefined, state: undefined })}>
        Show all hosts
      </button>
    </Notice>
  );
}
