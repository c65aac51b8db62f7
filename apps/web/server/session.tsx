import { useEffect, useState } from 'preact/hooks';
import type { SessionState } from '#domain';
import { routes } from '#domain/routes';
import { Store, useStore } from '../store.js';
import { ask } from './ask.js';
import { restart } from './live.js';

/** Whether somebody wants to sign in, though what is shown needs no token. */
export const signInWanted = new Store(false);
/** Counts up when somebody has signed in or out. */
export const sessions = new Store(0);

/** The way in where only changes need the token, and the way out for who is in. */
export function SessionButton() {
  const changes = useStore(sessions);
  const [state, setState] = useState<SessionState | undefined>(undefined);
  useEffect(() => {
    const abort = new AbortController();
    // What is asked for next says as well that the server is away.
    ask<SessionState>(routes.session, { signal: abort.signal }).then(setState, () => undefined);
    return () => abort.abort();
  }, [changes]);
  if (state === undefined || state.needed === 'none') return null;
  if (!state.signedIn) {
    return (
      <button type="button" onClick={() => signInWanted.set(true)}>
        Sign in
      </button>
    );
  }
  const signOut = () =>
    ask(routes.session, { method: 'DELETE' }).then(
      () => {
        sessions.set(sessions.value + 1);
        restart();
      },
      () => undefined,
    );
  return (
    <button type="button" onClick={() => void signOut()}>
      Sign out
    </button>
  );
}
