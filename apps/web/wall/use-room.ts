import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** A tile is legible across the room from this size on, in letters' heights; see `.wall-tile`. */
const WIDTH_EM = 19;
const HEIGHT_EM = 7.2;

/** How many tiles fit into an area without scrolling, whatever the screen. */
export function useRoom(): { area: RefObject<HTMLDivElement | null>; tiles: number; columns: number } {
  const area = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState({ tiles: 12, columns: 3 });
  useLayoutEffect(() => {
    const element = area.current;
    if (!element) return;
    const measure = () => {
      const em = Number.parseFloat(getComputedStyle(element).fontSize);
      const columns = Math.max(1, Math.floor(element.clientWidth / (WIDTH_EM * em)));
      const rows = Math.max(1, Math.floor(element.clientHeight / (HEIGHT_EM * em)));
      setRoom((before) =>
        before.columns === columns && before.tiles === columns * rows ? before : { columns, tiles: columns * rows },
      );
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  return { area, ...room };
}
