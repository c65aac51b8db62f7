import type { Address } from '../address.js';
import { Link } from '../parts/link.js';
import { RANGES } from '../range.js';

/** Lengths that end now; any other range is dragged on a chart. */
export function RangeChoice({ address }: { address: Address }) {
  const { from, to, last = '1h', ...rest } = address;
  const fixed = from !== undefined && to !== undefined;
  return (
    <nav class="toolbar" aria-label="Range">
      {RANGES.map((one) => (
        <Link key={one.last} class="button" to={{ ...rest, last: one.last }} current={!fixed && one.last === last}>
          {one.text}
        </Link>
      ))}
    </nav>
  );
}
