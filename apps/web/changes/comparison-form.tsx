import { useState } from 'preact/hooks';
import { adjust } from '../navigation.js';
import { inputTime, inputTimeMs } from '../text.js';
import { type Comparison, ofMoments, ofRanges, timesOf } from './comparison.js';
import { formText } from './form-text.js';

/** The times that are compared, side by side, to be changed in local time. */
export function ComparisonForm({ of }: { of: Comparison }) {
  const given = timesOf(of);
  const [moments, setMoments] = useState(given.moments);
  const [problem, setProblem] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    const ms = (name: string) => inputTimeMs(formText(event, name)) ?? NaN;
    const next = moments
      ? ofMoments(ms('baseFrom'), ms('from'))
      : { fromMs: ms('from'), toMs: ms('to'), baseFromMs: ms('baseFrom'), baseToMs: ms('baseTo') };
    if (!('fromMs' in next)) return adjust(next, { replace: false });
    const { fromMs, toMs, baseFromMs, baseToMs } = next;
    if (!(fromMs < toMs && baseFromMs < baseToMs)) return setProblem('A range begins before it ends.');
    setProblem('');
    adjust(ofRanges(fromMs, toMs, { fromMs: baseFromMs, toMs: baseToMs }), { replace: false });
  };
  return (
    <form class="comparison" onSubmit={submit} aria-label="What is compared">
      <fieldset>
        <legend>Before</legend>
        <TimeField name="baseFrom" label={moments ? 'At' : 'From'} ms={given.base[0]} />
        {!moments && <TimeField name="baseTo" label="to" ms={given.base[1]} />}
      </fieldset>
      <fieldset>
        <legend>After</legend>
        <TimeField name="from" label={moments ? 'At' : 'From'} ms={given.later[0]} />
        {!moments && <TimeField name="to" label="to" ms={given.later[1]} />}
      </fieldset>
      <div class="comparison-kind" role="group" aria-label="Kind">
        <button type="button" aria-pressed={!moments} onClick={() => setMoments(false)}>
          Ranges
        </button>
        <button type="button" aria-pressed={moments} onClick={() => setMoments(true)}>
          Moments
        </button>
        <button>Compare</button>
      </div>
      <p role="alert">{problem}</p>
    </form>
  );
}

function TimeField({ name, label, ms = NaN }: { name: string; label: string; ms: number | undefined }) {
  return (
    <label>
      {label}{' '}
      <input name={name} type="datetime-local" step="1" required defaultValue={Number.isNaN(ms) ? '' : inputTime(ms)} />
    </label>
  );
}
