import { useRef, useState } from 'preact/hooks';
import { routes } from '#domain/routes';
import { useTitle } from '../parts/heading.js';
import { ask } from './ask.js';
import { restart } from './live.js';
import { useStore } from '../store.js';
import { sessions, signInWanted } from './session.js';
import { tokenAsked } from './use-answer.js';

/** Asks for the server's token once; the server keeps it as a cookie that no script can read. */
export function SignIn() {
  useTitle('Sign in');
  const wanted = useStore(signInWanted);
  const [problem, setProblem] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const token = field.current?.value.trim();
    try {
      await ask(routes.session, { method: 'PUT', body: { token } });
      tokenAsked.set(false);
      signInWanted.set(false);
      sessions.set(sessions.value + 1);
      restart();
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <main class="sign-in">
      <h1>Amberwatch</h1>
      <form onSubmit={(event) => void submit(event)}>
        <label>
          This server asks for its token
          <input ref={field} name="token" type="password" required autoComplete="current-password" autoFocus />
        </label>
        <button>Open</button>
        {wanted && (
          <button type="button" onClick={() => signInWanted.set(false)}>
            Go on without
          </button>
        )}
        <p role="alert">{problem}</p>
      </form>
    </main>
  );
}
