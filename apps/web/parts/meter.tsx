import { percent } from '../text.js';
import './meter.css';

/** A percentage with a small bar beside it, which assistive technology need not read twice. */
export function Meter({ of, title }: { of: number | null | undefined; title?: string }) {
  const known = of !== null && of !== undefined;
  return (
    <span class="meter" title={title}>
      <span class="meter-track" aria-hidden="true">
        {known && <span class="meter-bar" style={{ width: `${Math.min(100, Math.max(0, of))}%` }} />}
      </span>
      <span class="meter-text">{percent(of)}</span>
    </span>
  );
}
