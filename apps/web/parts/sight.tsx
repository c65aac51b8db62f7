import type { Color, HostSight } from '#domain';

/** A colour, its word and its shape: none of them stands alone. */
export type SightName = HostSight | Color;

const words = {
  red: 'RED',
  amber: 'AMBER',
  ok: 'OK',
  blind: 'BLIND',
  RED: 'RED',
  AMBER: 'AMBER',
  GREEN: 'OK',
} as const;
const kinds = {
  red: 'red',
  amber: 'amber',
  ok: 'ok',
  blind: 'blind',
  RED: 'red',
  AMBER: 'amber',
  GREEN: 'ok',
} as const;

export const sightKind = (of: SightName) => kinds[of];
export const sightWord = (of: SightName) => words[of];

/** A badge such as ⬣ RED; red is an octagon, amber a triangle, ok a disc, blind a broken ring. */
export function Sight({ of, word = words[of], large = false }: { of: SightName; word?: string; large?: boolean }) {
  const kind = kinds[of];
  return (
    <span class={`sight sight-${kind}${large ? ' sight-large' : ''}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true" class="sight-shape">
        {kind === 'red' && <path d="M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z" />}
        {kind === 'amber' && <path d="M8 1 15.5 14.5H.5z" />}
        {kind === 'ok' && <circle cx="8" cy="8" r="6.5" />}
        {kind === 'blind' && <circle cx="8" cy="8" r="5.5" class="sight-ring" />}
      </svg>
      {word}
    </span>
  );
}
