import type uPlot from 'uplot';
import type { ChartProps } from './chart.js';

/** Where the pointer went down and up again within this many pixels, it was a click. */
const CLICK_PX = 4;
/** Steps of the data that one press of Page Up or Page Down moves the cursor by. */
const PAGE_STEPS = 10;
const noSelection = { left: 0, width: 0, top: 0, height: 0 };

function select(self: uPlot, from: number, to: number): void {
  const left = Math.max(0, Math.min(from, to));
  const right = Math.min(self.over.clientWidth, Math.max(from, to));
  self.setSelect({ left, width: right - left, top: 0, height: self.over.clientHeight }, false);
}

/** Tells of the selected range, if it is wide enough to be meant, and takes the selection away. */
function takeSelection(self: uPlot, { onRange }: ChartProps): boolean {
  const { left, width } = self.select;
  const isMeant = width > CLICK_PX && onRange !== undefined;
  const [from, to] = [self.posToVal(left, 'x'), self.posToVal(left + width, 'x')];
  self.setSelect(noSelection, false);
  if (isMeant) onRange(Math.round(from), Math.round(to));
  return isMeant;
}

/** Mouse, pen and finger alike: a click or a tap pins a moment, a sideways drag selects a range. */
export function followPointer(self: uPlot, now: { current: ChartProps }): void {
  const { over } = self;
  let downX: number | undefined;
  let selecting = false;
  const xOf = (event: PointerEvent) => event.clientX - over.getBoundingClientRect().left;
  over.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || !event.isPrimary) return;
    downX = xOf(event);
    selecting = false;
    over.setPointerCapture(event.pointerId);
  });
  over.addEventListener('pointermove', (event) => {
    const x = xOf(event);
    // The mouse moves the cursor of the plot by itself.
    if (event.pointerType !== 'mouse') self.setCursor({ left: x, top: 10 });
    if (downX !== undefined && now.current.onRange && (selecting || Math.abs(x - downX) > CLICK_PX)) {
      selecting = true;
      select(self, downX, x);
    }
    now.current.onMove?.(Math.round(self.posToVal(x, 'x')));
  });
  over.addEventListener('pointerup', (event) => {
    if (downX === undefined) return;
    downX = undefined;
    const x = xOf(event);
    if (selecting) takeSelection(self, now.current);
    else {
      if (event.pointerType !== 'mouse') self.setCursor({ left: x, top: 10 });
      now.current.onPin?.(Math.round(self.posToVal(x, 'x')));
    }
    selecting = false;
  });
  // The browser took the finger over to scroll the page.
  over.addEventListener('pointercancel', () => {
    downX = undefined;
    self.setSelect(noSelection, false);
  });
  over.addEventListener('pointerleave', (event) => {
    if (event.pointerType === 'mouse') now.current.onMove?.(undefined);
  });
}

/**
 * Arrow keys move the cursor by a step of the data, Page Up and Page Down by ten, Home and End to the ends; with Shift
 * they select. Enter takes the selected range, or pins the moment; Escape takes cursor and selection away.
 */
export function followKey(event: KeyboardEvent, self: uPlot, props: ChartProps): void {
  const times = self.data[0];
  if (times.length === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const { left = -1 } = self.cursor;
  if (event.key === 'Enter') {
    if (!takeSelection(self, props) && left >= 0) props.onPin?.(Math.round(self.posToVal(left, 'x')));
    return;
  }
  if (event.key === 'Escape') {
    self.setSelect(noSelection, false);
    self.setCursor({ left: -10, top: -10 });
    props.onMove?.(undefined);
    return;
  }
  const [first, last] = shownPart(self);
  const at = left < 0 ? last + 1 : self.posToIdx(left);
  const wanted = {
    ArrowLeft: at - 1,
    ArrowRight: at + 1,
    PageUp: at - PAGE_STEPS,
    PageDown: at + PAGE_STEPS,
    Home: first,
    End: last,
  }[event.key];
  if (wanted === undefined) return;
  event.preventDefault();
  const ms = times[Math.min(last, Math.max(first, wanted))] as number;
  const x = self.valToPos(ms, 'x');
  if (event.shiftKey && left >= 0) select(self, anchorOf(self, left), x);
  else self.setSelect(noSelection, false);
  self.setCursor({ left: x, top: 10 });
  props.onMove?.(Math.round(ms));
}

/** The end of the selection that stays where it is; without one, the cursor. */
function anchorOf(self: uPlot, cursorX: number): number {
  const { left, width } = self.select;
  if (width === 0) return cursorX;
  return Math.abs(cursorX - left) < Math.abs(cursorX - left - width) ? left + width : left;
}

/** Places of the first and the last data on the axis. */
function shownPart(self: uPlot): [number, number] {
  const times = self.data[0];
  const { min = 0, max = 0 } = self.scales['x'] ?? {};
  const first = times.findIndex((ms) => ms >= (min ?? 0));
  const last = times.findLastIndex((ms) => ms <= (max ?? Infinity));
  return [Math.max(0, first), Math.max(0, last)];
}
