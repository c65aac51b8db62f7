import type { AmberwatchClient } from '#client/amberwatch-client';
import type { Terminal } from '../terminal.js';
import { keysOf } from './keys.js';
import { Screen } from './screen.js';
import { read, type Reading, type Request, requestOf } from './top-reader.js';
import { type Row, rowsOf } from './top-rows.js';
import { inView, MOST_ROWS, press, type TopState } from './top-state.js';
import { linesOf, visibleRows } from './top-view.js';

/** Rows asked for beyond those that are visible, so that a page further is there at once. */
const AHEAD_PAGES = 2;

/** The picture that follows the server and the keys until it is left. */
export class LiveTop {
  private reading: Reading | undefined;
  private rows: Row[] = [];
  private trouble: string | undefined;
  private asked: string | undefined;
  private asking: AbortController | undefined;
  private timer: NodeJS.Timeout | undefined;
  private rest = '';
  private finish: () => void = () => undefined;

  constructor(
    private readonly client: AmberwatchClient,
    private state: TopState,
    private readonly everyMs: number,
    private readonly terminal: Terminal,
  ) {}

  /**
   * Resolves when it is left with a key or a signal.
   *
   * @throws what the first reading failed with
   */
  async run(): Promise<void> {
    const stop = this.terminal.untilStopped();
    const first = requestOf(this.state, this.rowsWanted());
    this.take(first, await read(this.client, first, stop));
    const screen = new Screen(this.terminal);
    this.show = () => screen.draw(this.lines());
    const over = new Promise<void>((resolve) => (this.finish = resolve));
    stop.addEventListener('abort', () => this.finish());
    const keyboard = this.terminal.onTyped((text) => this.typed(text));
    const resizing = this.terminal.onResize(() => {
      screen.clear();
      this.changed();
    });
    try {
      if (stop.aborted) return;
      this.show();
      this.later();
      await over;
    } finally {
      clearTimeout(this.timer);
      this.asking?.abort();
      keyboard.end();
      resizing.end();
      screen.leave();
    }
  }

  private show: () => void = () => undefined;

  private lines(): string[] {
    const { state, reading, rows, trouble } = this;
    if (!reading) return [];
    return linesOf({ state, reading, rows, trouble, nowMs: Date.now() }, this.terminal);
  }

  private typed(text: string): void {
    const { keys, rest } = keysOf(this.rest + text);
    this.rest = rest;
    for (const key of keys) {
      const next = press(this.state, key, {
        nowMs: Date.now(),
        rows: this.rows.length,
        visible: visibleRows(this.terminal),
        folder: this.rows[this.state.selected]?.folder,
      });
      if (!next) return this.finish();
      this.state = next;
    }
    this.changed();
  }

  /** Shows what is known at once, and asks for what is not. */
  private changed(): void {
    this.lay();
    this.show();
    const request = requestOf(this.state, this.rowsWanted());
    if (JSON.stringify(request) !== this.asked) void this.ask(request);
    else if (!this.asking) this.later();
  }

  private lay(): void {
    if (!this.reading) return;
    this.rows = rowsOf(this.state, this.reading);
    this.state = inView(this.state, this.rows.length, visibleRows(this.terminal));
  }

  private rowsWanted(): number {
    if (this.state.atEnd) return MOST_ROWS;
    const visible = visibleRows(this.terminal);
    // By whole pages, so that not every line asks again.
    return Math.min(MOST_ROWS, (Math.floor(this.state.first / visible) + 1 + AHEAD_PAGES) * visible);
  }

  private async ask(request: Request): Promise<void> {
    clearTimeout(this.timer);
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    this.asked = JSON.stringify(request);
    try {
      this.take(request, await read(this.client, request, asking.signal));
    } catch (error) {
      if (asking.signal.aborted) return;
      this.trouble = (error as Error).message;
    }
    if (asking.signal.aborted) return;
    this.asking = undefined;
    this.lay();
    this.show();
    this.later();
  }

  private take(request: Request, reading: Reading): void {
    this.asked = JSON.stringify(request);
    this.reading = reading;
    this.trouble = undefined;
    this.lay();
  }

  /** The past stays as it is, and so does what is paused; what failed is asked again. */
  private later(): void {
    clearTimeout(this.timer);
    if (this.trouble === undefined && (this.state.pausedMs ?? this.state.atMs) !== undefined) return;
    this.timer = setTimeout(() => void this.ask(requestOf(this.state, this.rowsWanted())), this.everyMs);
  }
}
