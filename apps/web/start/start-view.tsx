import type { Setup } from '#domain';
import { routes } from '#domain/routes';
import { useTitle } from '../parts/heading.js';
import { Link } from '../parts/link.js';
import { Whole } from '../parts/notice.js';
import { useNow } from '../parts/use-now.js';
import { useAnswer } from '../server/use-answer.js';
import { Setting } from './setup-panel.js';

/** How to connect hosts, and what a new installation is waiting for. */
export function StartView() {
  useTitle('Connect a host');
  const setup = useAnswer<Setup>(routes.setup);
  const nowMs = useNow(1_000);
  return (
    <>
      <h1 class="start-title">Connect a host</h1>
      <Whole of={setup}>{(answer) => <Setting setup={answer} nowMs={nowMs} />}</Whole>
      <p>
        <Link to={{ view: 'wall' }}>Wall</Link>: the same for a screen across the room.
      </p>
    </>
  );
}
