import type { ComponentChildren } from 'preact';
import type { Answered } from '../server/use-answer.js';

/** What stands where something would be: it is loading, it failed, or there is none. */
export function Notice({
  kind,
  title,
  children,
}: {
  kind: 'loading' | 'error' | 'empty';
  title: string;
  children?: ComponentChildren;
}) {
  return (
    <div class={`notice notice-${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
      <p class="notice-title">{title}</p>
      {children}
    </div>
  );
}

/** Shows an answer once there is one; before, that it is awaited or why it is not there. An old one is said to be old. */
export function Whole<Answer>({
  of: { answer, error, loading, reload },
  waiting = 'Loading …',
  children,
}: {
  of: Answered<Answer>;
  waiting?: string;
  children: (answer: Answer) => ComponentChildren;
}) {
  if (answer === undefined) {
    if (!error) return <Notice kind="loading" title={waiting} />;
    return (
      <Notice kind="error" title={error.message}>
        <button type="button" onClick={reload}>
          Try again
        </button>
      </Notice>
    );
  }
  return (
    <div aria-busy={loading}>
      {error && (
        <p class="old" role="alert">
          This is old: {error.message}
        </p>
      )}
      {children(answer)}
    </div>
  );
}
