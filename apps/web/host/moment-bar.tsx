import { useState } from 'preact/hooks';
import type { HostProcesses } from '#domain';
import { Link } from '../parts/link.js';
import { Time } from '../parts/time.js';
import { iso } from '../range.js';
import { figure, many } from '../text.js';

/** How far back a pinned moment is compared by default. */
const BEFORE_MS = 600_000;

/** Which moment is shown, and what can be done with a pinned one. */
export function MomentBar({
  host,
  state,
  atMs,
  answer,
  error,
  onStep,
  onUnpin,
}: {
  host: string;
  state: 'now' | 'cursor' | 'pinned';
  atMs: number | undefined;
  answer: HostProcesses | undefined;
  error: Error | undefined;
  onStep: (time: string | null | undefined) => void;
  onUnpin: () => void;
}) {
  const word = { now: 'Now', cursor: 'Under the cursor', pinned: 'Pinned' }[state];
  return (
    <div class={`moment-bar moment-${state} toolbar`}>
      <strong role={state === 'pinned' ? 'status' : undefined}>
        {word}
        {atMs !== undefined && (
          <>
            {': '}
            <Time of={atMs} />
          </>
        )}
      </strong>
      {answer?.all && (
        <span class="quiet">
          {many(answer.all.programs, 'program')}, {figure(answer.all.cpu)} % of one core
        </span>
      )}
      {error && (
        <span class="old" role="alert">
          {error.message}
        </span>
      )}
      {state === 'now' && (
        <span class="quiet">Point at a chart to see the programs of that moment; a click pins it.</span>
      )}
      {state === 'pinned' && atMs !== undefined && (
        <>
          <button
            type="button"
            disabled={!answer?.previous}
            onClick={() => onStep(answer?.previous)}
            aria-keyshortcuts="ArrowLeft"
          >
            ← Tick before
          </button>
          <button
            type="button"
            disabled={!answer?.next}
            onClick={() => onStep(answer?.next)}
            aria-keyshortcuts="ArrowRight"
          >
            Tick after →
          </button>
          <button type="button" onClick={onUnpin} aria-keyshortcuts="Escape">
            Unpin <kbd>Esc</kbd>
          </button>
          <CopyLink />
          <Link to={{ view: 'changes', host, at: iso(atMs), baseAt: iso(atMs - BEFORE_MS) }}>
            What changed in the 10 min before
          </Link>
          <Link to={{ view: 'changes', host, at: iso(Date.now()), baseAt: iso(atMs) }}>What changed since</Link>
        </>
      )}
    </div>
  );
}

/** The address as it stands shows the same to whoever opens it. */
function CopyLink() {
  const [isCopied, setCopied] = useState(false);
  const copy = () => navigator.clipboard.writeText(location.href).then(() => setCopied(true));
  // Browsers give no clipboard to a page that came over plain HTTP; the address bar has the same.
  if (!('clipboard' in navigator)) return null;
  return (
    <button type="button" onClick={() => void copy()}>
      {isCopied ? 'Copied' : 'Copy link'}
    </button>
  );
}
