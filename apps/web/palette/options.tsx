import { useEffect, useRef } from 'preact/hooks';
import { Sight } from '../parts/sight.js';
import type { Entry, Group } from './entries.js';

/** What was found, in groups; the field keeps the focus and names the one that is chosen. */
export function Options({
  groups,
  index,
  onPoint,
  onJump,
}: {
  groups: Group[];
  index: number;
  onPoint: (id: string) => void;
  onJump: (entry: Entry) => void;
}) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' }), [index]);
  let place = 0;
  return (
    <div id="palette-options" class="palette-options" role="listbox" aria-label="Found" ref={list}>
      {groups.map(({ title, entries }) => (
        <div key={title} role="group" aria-label={title}>
          <div class="palette-title" aria-hidden="true">
            {title}
          </div>
          {entries.map((entry) => {
            const own = place++;
            return (
              <div
                key={entry.id}
                id={`palette-${own}`}
                class="palette-option"
                role="option"
                aria-selected={own === index}
                // The pointer chooses only where it is moved: a list that comes under it does not.
                onMouseMove={() => own !== index && onPoint(entry.id)}
                // The field keeps the focus.
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => onJump(entry)}
              >
                {entry.sight && <Sight of={entry.sight} />}
                <bdi class="name">{entry.text}</bdi>
                {entry.detail && <bdi class="palette-detail">{entry.detail}</bdi>}
              </div>
            );
          })}
        </div>
      ))}
    </div>
  );
}
