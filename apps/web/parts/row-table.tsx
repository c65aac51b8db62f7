import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface Column<Row> {
  key: string;
  title: string;
  /** Unit or explanation, on hover and for screen readers. */
  about?: string;
  align?: 'right';
  /** Narrow screens leave out what matters less: 1 goes first. */
  importance?: 1 | 2 | 3;
  /** Whether the list can be ordered by it, the largest (of names: the first) first. */
  sortable?: boolean;
  render: (row: Row) => ComponentChildren;
}

interface Props<Row> {
  /** What the table holds, for screen readers. */
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Key of the column that it is ordered by. */
  order?: string;
  ascending?: boolean;
  onOrder?: (key: string) => void;
  /** Enter or a click on a row, where there is more to see. */
  onOpen?: (row: Row) => void;
  rowClass?: (row: Row) => string;
  /** Of how many rows these are the first; asked for more when the end comes near. */
  total?: number;
  onMore?: () => void;
}

/** Rows of one height; must be that of `.row-table td`. */
export const ROW_HEIGHT = 34;
/** Rows beyond the screen that are drawn all the same, and rows up to which all are. */
const OVERSCAN = 12;
const ALL_UP_TO = 80;

/**
 * A table whose header orders it and whose rows are walked with the arrow keys. Of a long one, only the rows on the screen
 * are in the document, and assistive technology is told their places.
 */
export function RowTable<Row>(props: Props<Row>) {
  const { caption, columns, rows, rowKey, order, ascending = false, onOrder, onOpen, rowClass, total, onMore } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const [{ first, last }, setWindow] = useState({ first: 0, last: ALL_UP_TO });
  const virtual = rows.length > ALL_UP_TO;

  useLayoutEffect(() => {
    if (!virtual) return;
    const measure = () => {
      if (!body.current) return;
      const top = -body.current.getBoundingClientRect().top;
      const from = Math.max(0, Math.floor(top / ROW_HEIGHT) - OVERSCAN);
      const to = Math.max(from, Math.ceil((top + innerHeight) / ROW_HEIGHT) + OVERSCAN);
      // Whole steps of rows, so that scrolling by a few does not draw anew.
      const step = OVERSCAN / 2;
      const next = { first: Math.floor(from / step) * step, last: Math.ceil(to / step) * step };
      setWindow((before) => (before.first === next.first && before.last === next.last ? before : next));
    };
    measure();
    addEventListener('scroll', measure, { passive: true });
    addEventListener('resize', measure);
    return () => {
      removeEventListener('scroll', measure);
      removeEventListener('resize', measure);
    };
  }, [virtual, rows.length]);

  const from = virtual ? Math.min(first, Math.max(0, rows.length - 1)) : 0;
  const to = virtual ? Math.min(last, rows.length) : rows.length;
  const missing = total !== undefined && total > rows.length;
  useEffect(() => {
    if (missing && to >= rows.length - OVERSCAN) onMore?.();
  }, [missing, to, rows.length, onMore]);

  const onKeyDown = (event: KeyboardEvent) => {
    const row = (event.target as Element).closest('tr');
    if (!row || event.target !== row) return;
    const sibling = { ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling }[event.key];
    if (sibling instanceof HTMLElement && sibling.dataset['row']) {
      event.preventDefault();
      sibling.focus();
      sibling.scrollIntoView({ block: 'nearest' });
    }
    if (event.key === 'Enter' && onOpen) {
      const opened = rows[Number(row.dataset['row'])];
      if (opened !== undefined) onOpen(opened);
    }
  };

  return (
    <div class="table-scroll">
      <table class="row-table" aria-rowcount={(total ?? rows.length) + 1}>
        <caption class="for-readers">{caption}</caption>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map((column) => (
              <th
                key={column.key}
                scope="col"
                class={cellClass(column)}
                title={column.about}
                aria-sort={column.key === order ? (ascending ? 'ascending' : 'descending') : undefined}
              >
                {column.sortable && onOrder ? (
                  <button type="button" class="sort" onClick={() => onOrder(column.key)}>
                    {column.title}
                    <span aria-hidden="true">{column.key === order ? (ascending ? ' ▲' : ' ▼') : ''}</span>
                  </button>
                ) : (
                  column.title
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={onKeyDown}>
          <Gap rows={from} columns={columns.length} />
          {rows.slice(from, to).map((row, i) => (
            <tr
              key={rowKey(row)}
              data-row={from + i}
              aria-rowindex={from + i + 2}
              class={`${onOpen ? 'opens ' : ''}${rowClass?.(row) ?? ''}`}
              tabIndex={0}
              onClick={(event) => {
                if (!onOpen || (event.target as Element).closest('a, button, input')) return;
                onOpen(row);
              }}
            >
              {columns.map((column) => (
                <td key={column.key} class={cellClass(column)}>
                  {column.render(row)}
                </td>
              ))}
            </tr>
          ))}
          <Gap rows={rows.length - to} columns={columns.length} />
        </tbody>
      </table>
    </div>
  );
}

/** Room of the rows that are not drawn. */
function Gap({ rows, columns }: { rows: number; columns: number }) {
  if (rows <= 0) return null;
  return (
    <tr aria-hidden="true" class="gap" style={{ height: `${rows * ROW_HEIGHT}px` }}>
      <td colSpan={columns} />
    </tr>
  );
}

/** A view's style gives columns their widths by `.column-key`. */
function cellClass<Row>({ key, align, importance }: Column<Row>): string {
  return `column-${key}${align === 'right' ? ' right' : ''}${importance ? ` importance-${importance}` : ''}`;
}
