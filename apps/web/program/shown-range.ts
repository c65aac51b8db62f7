import { useMemo } from 'preact/hooks';
import type { Address } from '../address.js';
import { go } from '../navigation.js';
import { showRange } from '../parts/range-bar.js';
import { useRangeEnd } from '../parts/range-end.js';
import { iso, type Range, rangeOf } from '../range.js';

/** How often a range that follows now moves on. */
const STEP_MS = 10_000;

/** The range of a view, with what a drag and a click on one of its charts lead to. */
export function useShownRange(address: Address, host: string) {
  const nowMs = useRangeEnd(STEP_MS);
  const { fromMs, toMs, live } = rangeOf(address, nowMs);
  const range = useMemo((): Range => ({ fromMs, toMs, live }), [fromMs, toMs, live]);
  return {
    range,
    onRange: showRange,
    /** Who it was at that moment is the host's to tell. */
    onPin: (ms: number) => go({ view: 'host', host, at: iso(ms), from: iso(fromMs), to: iso(toMs) }),
  };
}
