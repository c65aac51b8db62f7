import { performance } from 'node:perf_hooks';

/** Middle value, and the one below which 95 of 100 lie. */
export function quantiles(values: number[]): { median: number; p95: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  return { median: at(0.5), p95: at(0.95) };
}

/** Milliseconds that a job takes. */
export async function millisecondsOf(job: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await job();
  return performance.now() - begun;
}

/** Rates of two jobs in turn, so that what else the machine does hits both; the middle one of all rounds each. */
export async function compareRates(
  rounds: number,
  samples: number,
  jobs: { raw: () => Promise<unknown>; store: () => Promise<unknown> },
): Promise<{ raw: number; store: number; ratio: number }> {
  const raw: number[] = [];
  const store: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const both = [
      async () => raw.push((samples / (await millisecondsOf(jobs.raw))) * 1000),
      async () => store.push((samples / (await millisecondsOf(jobs.store))) * 1000),
    ];
    // Each comes first every other time, since a database works on what it was given just before.
    for (const job of round % 2 === 0 ? both : both.toReversed()) await job();
  }
  const ratio = quantiles(store.map((rate, i) => rate / (raw[i] ?? NaN))).median;
  return { raw: quantiles(raw).median, store: quantiles(store).median, ratio };
}

/** A table in Markdown. */
export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

export function thousands(value: number): string {
  return Math.round(value).toLocaleString('en');
}
