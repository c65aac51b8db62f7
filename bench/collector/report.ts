import { C_KEEP } from './names.js';

export interface Measured {
  /** µs of CPU per process and tick; undefined where it could not be measured here. */
  us?: number;
  rssMiB?: number;
  processes?: number;
  note?: string;
}

export interface Row extends Measured {
  name: string;
}

export function printHeader(): void {
  console.log('\n| | µs per process and tick | × C (of the same run) | RSS, MiB | processes seen | |');
  console.log('|---|---|---|---|---|---|');
}

/** The medians over the rounds; the ratio is the median of each round's own, because the machine's speed changes. */
export function printRow(name: string, rows: Row[]): void {
  const own = rows.filter((row) => row.name === name);
  const base = rows.filter((row) => row.name === C_KEEP);
  const us = median(own.map((row) => row.us));
  const ratio = median(own.map((row, round) => ratioOf(row.us, base[round]?.us)));
  const cells = [
    name,
    us?.toFixed(1) ?? '–',
    ratio?.toFixed(2) ?? '–',
    median(own.map(({ rssMiB }) => rssMiB))?.toFixed(1) ?? '',
    median(own.map(({ processes }) => processes))?.toFixed(0) ?? '',
    own[0]?.note ?? '',
  ];
  console.log(`| ${cells.join(' | ')} |`);
}

function ratioOf(us: number | undefined, base: number | undefined): number | undefined {
  return us === undefined || base === undefined ? undefined : us / base;
}

function median(values: (number | undefined)[]): number | undefined {
  const sorted = values.filter((value) => value !== undefined).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
