import { useEffect, useRef, useState } from 'preact/hooks';
import type { Alert, SilencePreview } from '#domain';
import { fillRoute, routes } from '#domain/routes';
import { ask } from '../server/ask.js';
import { many, nameText } from '../text.js';
import { aboutWords } from './alert-words.js';
import { quietMatch, type QuietScope, quietScopes } from './quiet-match.js';

/** Where the name of whoever uses this browser is kept. */
const NAME = 'amberwatch-name';
/** Alerts that a preview names; the others are counted. */
const NAMED = 5;
const durations = [
  { hours: 1, text: '1 h' },
  { hours: 4, text: '4 h' },
  { hours: 8, text: '8 h' },
  { hours: 24, text: '1 d' },
  { hours: 168, text: '7 d' },
];

/** Somebody says that they are on it, or that it may be quiet for a while: who, why, and what that will mute. */
export function QuietForm({ alert, onSay }: { alert: Alert; onSay: (work: () => Promise<string>) => Promise<void> }) {
  const form = useRef<HTMLFormElement>(null);
  const [by, setBy] = useState(() => localStorage.getItem(NAME) ?? '');
  const [why, setWhy] = useState('');
  const say = (work: () => Promise<string>) => {
    if (!form.current?.reportValidity()) return;
    localStorage.setItem(NAME, by);
    void onSay(work);
  };
  const acknowledge = async () => {
    await ask(fillRoute(routes.acknowledgement, { id: alert.id }), { method: 'PUT', body: { by, why } });
    return 'Acknowledged.';
  };
  const silence = async (scope: QuietScope, hours: number) => {
    const until = new Date(Date.now() + hours * 3_600_000).toISOString();
    await ask(routes.silences, { method: 'POST', body: { match: quietMatch(alert, scope), by, why, until } });
    return 'Silenced.';
  };

  return (
    <form
      ref={form}
      class="quiet-form"
      aria-label="Acknowledge or silence"
      onSubmit={(event) => event.preventDefault()}
    >
      <label>
        Who
        <input
          name="by"
          required
          maxLength={200}
          autoComplete="name"
          value={by}
          onInput={(event) => setBy(event.currentTarget.value)}
        />
      </label>
      <label>
        Why
        <input
          name="why"
          required
          maxLength={1000}
          value={why}
          onInput={(event) => setWhy(event.currentTarget.value)}
        />
      </label>
      <div class="toolbar">
        <button type="button" onClick={() => say(acknowledge)}>
          Acknowledge
        </button>
        <span class="quiet">Somebody is on it: told again only if it gets worse.</span>
      </div>
      <SilenceFields alert={alert} onSilence={(scope, hours) => say(() => silence(scope, hours))} />
    </form>
  );
}

/** What may be quiet and for how long, and what that will mute, which is known before it can be said. */
function SilenceFields({ alert, onSilence }: { alert: Alert; onSilence: (scope: QuietScope, hours: number) => void }) {
  const [scope, setScope] = useState<QuietScope>('this');
  const [hours, setHours] = useState(4);
  const { state, preview } = usePreview(alert, scope);
  return (
    <fieldset>
      <legend>Silence</legend>
      <label>
        What
        <select name="scope" value={scope} onChange={(event) => setScope(event.currentTarget.value as QuietScope)}>
          {quietScopes.map((one) => (
            <option key={one} value={one}>
              {scopeText(one, alert)}
            </option>
          ))}
        </select>
      </label>
      <label>
        For
        <select name="hours" value={hours} onChange={(event) => setHours(Number(event.currentTarget.value))}>
          {durations.map((one) => (
            <option key={one.hours} value={one.hours}>
              {one.text}
            </option>
          ))}
        </select>
      </label>
      <p class="preview" role="status">
        {preview ?? 'Asking what it would mute …'}
      </p>
      <button type="button" disabled={state !== 'known'} onClick={() => onSilence(scope, hours)}>
        Silence
      </button>
    </fieldset>
  );
}

function scopeText(scope: QuietScope, alert: Alert): string {
  const of = nameText(alert.process ?? alert.unit ?? aboutWords(alert));
  if (scope === 'host') return `everything on ${nameText(alert.host)}`;
  return scope === 'this' ? `${of} on this host` : `${of} on every host`;
}

/** What a silence of that scope would mute now, in words. */
function usePreview(alert: Alert, scope: QuietScope) {
  const [shown, setShown] = useState<{ key: string; state: 'known' | 'failed'; text: string }>();
  const match = quietMatch(alert, scope);
  const key = JSON.stringify(match);
  useEffect(() => {
    const abort = new AbortController();
    ask<SilencePreview>(routes.silencePreview, { method: 'POST', body: { match }, signal: abort.signal }).then(
      (found) => setShown({ key, state: 'known', text: previewWords(found) }),
      (error: Error) => {
        if (!abort.signal.aborted) setShown({ key, state: 'failed', text: error.message });
      },
    );
    return () => abort.abort();
    // The alert is a new object with each answer; what it changes shows in its colour and in who is on it.
  }, [key, alert.color, alert.silenced?.id]);
  return shown?.key === key ? { state: shown.state, preview: shown.text } : { state: 'asking' as const };
}

/** `It would mute 2 open alerts (…) and what comes on 1 host.` */
export function previewWords({ alerts, alertCount, hostCount }: SilencePreview): string {
  const named = alerts.slice(0, NAMED).map((one) => `${aboutWords(one)} on ${nameText(one.host)}`);
  const rest = alertCount - named.length;
  const list = named.length === 0 ? '' : ` (${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''})`;
  return `It would mute ${many(alertCount, 'open alert')}${list} and what comes on ${many(hostCount, 'host')}.`;
}
