import { useEffect } from 'preact/hooks';
import type { Setup, SetupStep } from '#domain';
import { routes } from '#domain/routes';
import { Notice } from '../parts/notice.js';
import { useNow } from '../parts/use-now.js';
import { useAnswer } from '../server/use-answer.js';
import { span } from '../text.js';
import { Connect } from './connect.js';
import './start.css';

const ASK_MS = 10_000;

/** What a new installation is still waiting for, above the fleet; nothing once all is there. */
export function SetupPanel() {
  const { answer: setup, reload } = useAnswer<Setup>(routes.setup, null);
  const nowMs = useNow(1_000);
  // What it tells of takes minutes: it need not be asked as often as there is news.
  useEffect(() => {
    const timer = setInterval(reload, ASK_MS);
    return () => clearInterval(timer);
  }, [reload]);
  if (setup === undefined) return null;
  const waiting = setup.steps.filter(({ done }) => !done);
  const [next] = waiting;
  if (next === undefined) return null;
  if (next.step === 'host') return <Setting setup={setup} nowMs={nowMs} />;
  const done = setup.steps.length - waiting.length;
  return (
    <details class="panel setup-rest">
      <summary>
        Set up: {done} of {setup.steps.length}. Next: {next.text} <Expected of={next} nowMs={nowMs} />
      </summary>
      <Steps of={setup.steps} nowMs={nowMs} />
    </details>
  );
}

/** All of it: what is there, what will come and when, and how the next host is connected. */
export function Setting({ setup, nowMs }: { setup: Setup; nowMs: number }) {
  const first = setup.steps.some(({ step, done }) => step === 'host' && !done);
  return (
    <section class="panel setup" aria-label="Setting up">
      {first && <Notice kind="empty" title="No host has reported yet." />}
      <h2>{first ? 'Connect the first host' : 'Connect the next host'}</h2>
      <Connect connect={setup.connect} />
      <h2>What will appear, and when</h2>
      <Steps of={setup.steps} nowMs={nowMs} />
    </section>
  );
}

function Steps({ of: steps, nowMs }: { of: SetupStep[]; nowMs: number }) {
  return (
    <ol class="setup-steps">
      {steps.map((step) => (
        <li key={step.step} class={step.done ? 'setup-done' : 'setup-waits'}>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            {step.done ? <path d="M3 8.5 6.5 12 13 4.5" /> : <circle cx="8" cy="8" r="5.5" />}
          </svg>
          <span class="setup-word">{step.done ? 'Done' : 'Waiting'}</span>
          <span>
            {step.text} <Expected of={step} nowMs={nowMs} />
          </span>
        </li>
      ))}
    </ol>
  );
}

/** A countdown in words; what is late is said to be so. */
function Expected({ of: { done, expectedAt }, nowMs }: { of: SetupStep; nowMs: number }) {
  if (done || expectedAt === undefined) return null;
  const leftMs = Date.parse(expectedAt) - nowMs;
  return <span class="quiet">{leftMs > 0 ? `In about ${span(leftMs)}.` : 'It should be there by now.'}</span>;
}
