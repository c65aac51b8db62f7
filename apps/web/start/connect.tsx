import { useRef, useState } from 'preact/hooks';
import type { Setup } from '#domain';
import { nameText } from '../text.js';

/** The command that connects a host, to be copied; where the browser copies nothing, it is selected to be copied by hand. */
export function Connect({ connect: { command, url, reachable, hint } }: { connect: Setup['connect'] }) {
  const [said, setSaid] = useState('');
  const code = useRef<HTMLElement>(null);
  const copy = async () => {
    try {
      // Undefined where the page came over plain HTTP from another machine.
      await navigator.clipboard.writeText(command);
      setSaid('Copied.');
    } catch {
      if (code.current) getSelection()?.selectAllChildren(code.current);
      setSaid('Selected: press Ctrl-C to copy it.');
    }
  };
  return (
    <>
      <div class="connect">
        <pre tabIndex={0} aria-label="Command that connects a host">
          <code ref={code}>{command}</code>
        </pre>
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
        <span role="status" class="quiet">
          {said}
        </span>
      </div>
      {hint !== undefined && (
        <p class={reachable ? 'quiet' : 'connect-hint'}>
          {!reachable && <strong>Other hosts do not reach this server yet. </strong>}
          {hint}
        </p>
      )}
      <p class="quiet">It sends to {nameText(url)}, every 10 s, what each of its programs uses.</p>
    </>
  );
}
