import { useEffect } from 'preact/hooks';
import type { AlarmState } from '#domain';
import { routes } from '#domain/routes';
import type { Address } from './address.js';
import { AlertView } from './alerts/alert-view.js';
import { AlertsView } from './alerts/alerts-view.js';
import { ChangesView } from './changes/changes-view.js';
import { FleetView } from './fleet/fleet-view.js';
import { Header } from './header.js';
import { HonestyView } from './honesty/honesty-view.js';
import { HostView } from './host/host-view.js';
import { useAddress } from './navigation.js';
import { Palette } from './palette/palette.js';
import { titles } from './parts/heading.js';
import { type SightName, sightKind } from './parts/sight.js';
import { ProgramView } from './program/program-view.js';
import { alertNews, news } from './server/live.js';
import { signInWanted } from './server/session.js';
import { SignIn } from './server/sign-in.js';
import { tokenAsked, useAnswer } from './server/use-answer.js';
import { connection } from './server/connection.js';
import { StartView } from './start/start-view.js';
import { useStore } from './store.js';
import { WallView } from './wall/wall-view.js';

export function App() {
  const address = useAddress();
  const asked = useStore(tokenAsked);
  const wanted = useStore(signInWanted);
  const state = useAnswer<AlarmState>(routes.queryAlarm, news);
  useEffect(() => alertNews.follow(state.reload), [state.reload]);
  const { state: heard } = useStore(connection);
  const blind = heard !== 'heard' || state.answer === undefined || state.answer.blind.length > 0;
  const sight = sightOf(state.answer, blind);
  useEffect(() => showSight(sight), [sight]);
  // The whole page shows that what it says is old; see `page.css`.
  useEffect(() => void (document.documentElement.dataset['news'] = heard), [heard]);
  if (asked || wanted) return <SignIn />;
  if (address.view === 'wall') return <WallView alarm={state.answer} sight={sight} />;
  return (
    <>
      <a class="skip" href="#view">
        Skip to the view
      </a>
      <Header address={address} sight={sight} alarm={state.answer} />
      <main id="view" tabIndex={-1}>
        <Shown address={address} alarm={state.answer} />
      </main>
      <Palette address={address} alarm={state.answer} />
    </>
  );
}

function Shown({ address, alarm }: { address: Address; alarm: AlarmState | undefined }) {
  switch (address.view) {
    case 'host':
      return <HostView address={address} key={address.host} />;
    case 'program':
    case 'unit':
      return <ProgramView address={address} key={`${address.host} ${address.process} ${address.unit}`} />;
    case 'alerts':
      return <AlertsView address={address} />;
    case 'alert':
      return <AlertView address={address} key={address.alert} />;
    case 'changes':
      return <ChangesView address={address} />;
    case 'honesty':
      return <HonestyView address={address} />;
    case 'start':
      return <StartView />;
    default:
      return <FleetView address={address} alarm={alarm} />;
  }
}

/** What can't be known is blind, unless an alert is open that is worse. */
function sightOf(alarm: AlarmState | undefined, blind: boolean): SightName {
  const worst = alarm?.alerts[0]?.color;
  if (worst === 'RED' || worst === 'AMBER') return worst;
  return blind ? 'blind' : 'ok';
}

function showSight(sight: SightName): void {
  const kind = sightKind(sight);
  const icon = document.querySelector<HTMLLinkElement>('#icon');
  if (icon) icon.href = `/icons/${kind === 'ok' ? 'green' : kind}.svg`;
  titles.sight = kind === 'ok' ? '' : kind.toUpperCase();
  titles.show();
}
