import { useRef } from 'preact/hooks';
import { adjust } from '../navigation.js';
import { iso, type Range, RANGES } from '../range.js';
import { inputTime, inputTimeMs } from '../text.js';
import './range-bar.css';

/** What of an address a range is. */
const shown = (fromMs: number, toMs: number) => ({ from: iso(fromMs), to: iso(toMs), last: undefined });

/** Shows a range that stands still; going back leads to the one before. */
export function showRange(fromMs: number, toMs: number): void {
  adjust(shown(fromMs, toMs), { replace: false });
}

/** Chooses what a view looks back over: a length that ends now, or any range, which also moves and widens. */
export function RangeBar({ range, last = '1h' }: { range: Range; last?: string | undefined }) {
  const { fromMs, toMs, live } = range;
  const length = toMs - fromMs;
  return (
    <div class="range-bar toolbar" role="group" aria-label="Range">
      <div class="range-lengths">
        {RANGES.map((one) => (
          <button
            key={one.last}
            type="button"
            aria-pressed={live && one.last === last}
            onClick={() => adjust({ last: one.last, from: undefined, to: undefined }, { replace: false })}
          >
            {one.text}
          </button>
        ))}
      </div>
      <div class="range-lengths">
        <button type="button" title="Earlier" onClick={() => showRange(fromMs - length / 2, toMs - length / 2)}>
          <span aria-hidden="true">←</span>
          <span class="for-readers">Earlier</span>
        </button>
        <button type="button" title="Wider" onClick={() => showRange(fromMs - length / 2, toMs + length / 2)}>
          <span aria-hidden="true">−</span>
          <span class="for-readers">Wider</span>
        </button>
        <button
          type="button"
          title="Later"
          disabled={live}
          onClick={() => showRange(fromMs + length / 2, toMs + length / 2)}
        >
          <span aria-hidden="true">→</span>
          <span class="for-readers">Later</span>
        </button>
      </div>
      <RangeInputs key={`${fromMs} ${live}`} range={range} />
      {live ? (
        <span class="quiet">follows now</span>
      ) : (
        <button
          type="button"
          onClick={() => adjust({ from: undefined, to: undefined, last, at: undefined }, { replace: false })}
        >
          Follow now
        </button>
      )}
    </div>
  );
}

/** Both ends as local times, for whoever does not drag. */
function RangeInputs({ range: { fromMs, toMs, live } }: { range: Range }) {
  const from = useRef<HTMLInputElement>(null);
  const to = useRef<HTMLInputElement>(null);
  const submit = (event: Event) => {
    event.preventDefault();
    const [first, second] = [from, to].map((field) => inputTimeMs(field.current?.value ?? ''));
    if (first === undefined || second === undefined) return;
    const isInOrder = first < second;
    to.current?.setCustomValidity(isInOrder ? '' : 'must be after the beginning');
    if (isInOrder) showRange(first, second);
    else to.current?.reportValidity();
  };
  const clear = () => to.current?.setCustomValidity('');
  return (
    <details class="range-inputs" open={!live}>
      <summary>From … to</summary>
      <form onSubmit={submit} class="range-fields">
        <label>
          From{' '}
          <input ref={from} type="datetime-local" step="1" required defaultValue={inputTime(fromMs)} onInput={clear} />
        </label>
        <label>
          to <input ref={to} type="datetime-local" step="1" required defaultValue={inputTime(toMs)} onInput={clear} />
        </label>
        <button>Show</button>
      </form>
    </details>
  );
}
