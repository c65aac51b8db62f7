import { type DuckDBAppender, DuckDBDataChunk, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';

/** Rows that DuckDB takes in one chunk. */
const CHUNK_ROWS = 2048;

/** Appends columns in chunks and flushes; nothing is done for empty ones. */
export function appendColumns(appender: DuckDBAppender, types: DuckDBType[], columns: DuckDBValue[][]): void {
  const rows = columns[0]?.length ?? 0;
  if (rows === 0) return;
  for (let start = 0; start < rows; start += CHUNK_ROWS) {
    const end = Math.min(rows, start + CHUNK_ROWS);
    const chunk = DuckDBDataChunk.create(types, end - start);
    chunk.setColumns(rows <= CHUNK_ROWS ? columns : columns.map((column) => column.slice(start, end)));
    appender.appendDataChunk(chunk);
  }
  appender.flushSync();
}
