import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { AlarmState } from '#domain';
import type { Address } from '../address.js';
import { go } from '../navigation.js';
import { useNow } from '../parts/use-now.js';
import { Store, useStore } from '../store.js';
import { localTime, many } from '../text.js';
import type { Entry } from './entries.js';
import { Options } from './options.js';
import { parseMoment } from './moment.js';
import { useFound } from './use-found.js';
import './palette.css';

const open = new Store(false);

export function openPalette(): void {
  open.set(true);
}

interface Props {
  address: Address;
  alarm: AlarmState | undefined;
}

/** Jumps to hosts, programs, alerts, views and moments by name; `/` or Ctrl-K opens it. */
export function Palette(props: Props) {
  const shown = useStore(open);
  useEffect(() => {
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
      open.set(false);
    };
  }, []);
  return shown ? <Search {...props} /> : null;
}

function onKey(event: KeyboardEvent): void {
  if (open.value || event.altKey || event.isComposing || document.querySelector('dialog[open]')) return;
  const control = event.ctrlKey || event.metaKey;
  const wanted = control
    ? event.key.toLowerCase() === 'k' && !event.shiftKey
    : event.key === '/' && !isField(event.target);
  if (!wanted) return;
  event.preventDefault();
  open.set(true);
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;
}

function Search({ address, alarm }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState('');
  /** A moment whose host is being chosen. */
  const [atMs, setAtMs] = useState<number>();
  /** Enter was pressed before the server had answered. */
  const [hurried, setHurried] = useState(false);
  const nowMs = useNow(1_000);
  const { groups, loading, error } = useFound(text.trim(), address, alarm, atMs, nowMs);
  const entries = groups.flatMap((group) => group.entries);
  const index = Math.max(
    0,
    entries.findIndex(({ id }) => id === chosen),
  );
  const current = entries[index];

  useLayoutEffect(() => dialog.current?.showModal(), []);
  const write = (next: string) => {
    setText(next);
    setChosen('');
    setHurried(false);
  };
  const jump = (entry: Entry) => {
    if (entry.to !== undefined) {
      dialog.current?.close();
      return go(entry.to);
    }
    setAtMs(parseMoment(text, nowMs));
    write('');
  };
  useEffect(() => {
    if (!hurried || loading) return;
    setHurried(false);
    if (current) jump(current);
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && entries.length > 0) {
      event.preventDefault();
      setChosen(entries[(index + step + entries.length) % entries.length]?.id ?? '');
    }
    if (event.key === 'Enter' && !event.isComposing) {
      event.preventDefault();
      // What is chosen by hand is meant; what merely stands first may be of the text before.
      if (current && (chosen === current.id || !loading)) jump(current);
      else setHurried(true);
    }
    if (event.key === 'Backspace' && text === '') setAtMs(undefined);
  };
  return (
    <dialog
      ref={dialog}
      class="palette"
      aria-label="Find"
      onClose={() => open.set(false)}
      onClick={(event) => {
        if (event.target === event.currentTarget) event.currentTarget.close();
      }}
    >
      <div class="palette-field">
        {atMs !== undefined && <span class="palette-moment">{localTime(atMs)} on</span>}
        <input
          type="text"
          role="combobox"
          autoFocus
          autoComplete="off"
          spellcheck={false}
          maxLength={255}
          aria-label={atMs === undefined ? 'Host, program, alert, view or moment' : 'Host at that moment'}
          placeholder={atMs === undefined ? 'Host, program, alert, or a moment such as 03:12 yesterday' : 'Which host?'}
          aria-expanded={entries.length > 0}
          aria-controls="palette-options"
          aria-autocomplete="list"
          aria-activedescendant={current && `palette-${index}`}
          value={text}
          onInput={({ currentTarget }) => write(currentTarget.value)}
          onKeyDown={onKeyDown}
        />
      </div>
      <Options groups={groups} index={index} onPoint={setChosen} onJump={jump} />
      <p class="palette-foot" role="status">
        {error?.message ??
          (loading ? 'Looking …' : entries.length === 0 ? 'Nothing is called that.' : many(entries.length, 'result'))}
      </p>
      <p class="palette-keys" aria-hidden="true">
        <kbd>↑</kbd> <kbd>↓</kbd> choose <kbd>Enter</kbd> open <kbd>Esc</kbd> close. Moments: <code>03:12</code>,{' '}
        <code>03:12 yesterday</code>, <code>-2h</code>, <code>2026-11-29 03:12</code>
      </p>
    </dialog>
  );
}
