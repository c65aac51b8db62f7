import { DEFAULT_INTERVAL_MS, type Micros, MICROS_PER_SECOND } from '#domain';
import type { DuckDbFile } from './duckdb-file.js';
import { addProgram, at, type Piece, PIECE_MICROS, sumsQuery, type SumsRow, toPieces, WIDTH } from './sums-queries.js';

/** Numbers that are kept at most, 8 bytes each; two days of a host with 300 programs are 630,000. */
const MAX_KEPT_VALUES = 6_000_000;

/** What the programs of a host used over a range. */
export interface HostSums {
  ticks: number;
  /** By the number of the name; the columns are those of `at`. */
  programs: Map<number, Float64Array>;
}

/** A stretch of time; its end does not belong to it. */
interface Stretch {
  from: Micros;
  to: Micros;
}

/**
 * Sums of the programs of a host over any range, added up of pieces of half an hour. Those of pieces that are over are
 * kept in memory, as long as nothing is written into them: two days of a host are five million samples, and adding them
 * up takes DuckDB a second.
 */
export class KeptSums {
  /** The one that was not asked for the longest comes first. */
  private readonly kept = new Map<string, { of: string; piece: Piece }>();
  private values = 0;
  /** Pieces that were written into while they were read: for each read under way, their keys. */
  private readonly reading = new Set<Set<string>>();
  /** What is older has been deleted, or is about to be. */
  private expiredBefore: Micros = -Infinity;

  constructor(private readonly file: DuckDbFile) {}

  /** Samples of the host were written at that time. */
  written(host: string, time: Micros): void {
    const key = keyOf(host, startOf(time));
    for (const written of this.reading) written.add(key);
    this.drop(key);
  }

  /** Samples before that time were deleted. */
  expired(before: Micros): void {
    this.expiredBefore = Math.max(this.expiredBefore, before);
    for (const [key, { piece }] of this.kept) if (piece.start < before) this.drop(key);
  }

  /** @param newest time of the newest sample of the host */
  async sums(host: string, from: Micros, to: Micros | undefined, newest: Micros): Promise<HostSums> {
    const end = Math.min(to ?? Infinity, newest + 1);
    const pieces = from < end ? await this.pieces(host, { from, to: end }, newest) : [];
    const ticks = pieces.flatMap((piece) => piece.ticks);
    const usual = usualGap(ticks);
    const capped = await this.capped(host, { from, to: end }, pieces, 3 * usual);
    return { ticks: ticks.length, programs: addUp(capped, usual) };
  }

  private async pieces(host: string, { from, to }: Stretch, newest: Micros): Promise<Piece[]> {
    const found = this.keptOf(host, { from, to });
    const missing: Stretch[] = [];
    let next = from;
    for (const { start } of found) {
      if (start > next) missing.push({ from: next, to: start });
      next = start + PIECE_MICROS;
    }
    if (next < to) missing.push({ from: next, to });
    const read = await this.readAndKeep(host, missing, { from, to: Math.min(to, newest) });
    return [...found, ...read].toSorted((a, b) => a.start - b.start);
  }

  /** Those that lie within what is over are kept, but what was written into meanwhile. */
  private async readAndKeep(host: string, stretches: Stretch[], over: Stretch): Promise<Piece[]> {
    const written = new Set<string>();
    this.reading.add(written);
    try {
      const read = (await Promise.all(stretches.map((stretch) => this.read(host, stretch, Infinity)))).flat();
      for (const piece of read) {
        const isOver = piece.start >= over.from && piece.start + PIECE_MICROS <= over.to;
        if (isOver && piece.start >= this.expiredBefore && !written.has(keyOf(host, piece.start)))
          this.keep(host, piece);
      }
      return read;
    } finally {
      this.reading.delete(written);
    }
  }

  /** Those that lie within the stretch, in their order; they are the last to be dropped from now on. */
  private keptOf(host: string, { from, to }: Stretch): Piece[] {
    const found = [...this.kept].filter(
      ([, { of, piece }]) => of === host && piece.start >= from && piece.start + PIECE_MICROS <= to,
    );
    for (const [key, entry] of found) {
      this.kept.delete(key);
      this.kept.set(key, entry);
    }
    return found.map(([, { piece }]) => piece).toSorted((a, b) => a.start - b.start);
  }

  /** The same pieces; those with a gap that is longer than it may count are read again. */
  private async capped(host: string, { from, to }: Stretch, pieces: Piece[], most: Micros): Promise<Piece[]> {
    const again: Stretch[] = [];
    for (const { start, ticks } of pieces) {
      if (!ticks.some((tick, i) => i > 0 && tick - (ticks[i - 1] as number) > most)) continue;
      addStretch(again, { from: Math.max(start, from), to: Math.min(start + PIECE_MICROS, to) });
    }
    const read = await Promise.all(again.map((stretch) => this.read(host, stretch, most / MICROS_PER_SECOND)));
    const fresh = new Map(read.flat().map((piece) => [piece.start, piece]));
    return pieces.map((piece) => fresh.get(piece.start) ?? piece);
  }

  private async read(host: string, { from, to }: Stretch, mostSeconds: number): Promise<Piece[]> {
    const most = Math.min(mostSeconds, Number.MAX_SAFE_INTEGER);
    return toPieces(await this.file.read<SumsRow>(sumsQuery(host, from, to, most)));
  }

  private keep(host: string, piece: Piece): void {
    const key = keyOf(host, piece.start);
    this.drop(key);
    this.kept.set(key, { of: host, piece });
    this.values += sizeOf(piece);
    for (const oldest of this.kept.keys()) {
      if (this.values <= MAX_KEPT_VALUES) break;
      this.drop(oldest);
    }
  }

  private drop(key: string): void {
    const entry = this.kept.get(key);
    if (!entry) return;
    this.kept.delete(key);
    this.values -= sizeOf(entry.piece);
  }
}

function keyOf(host: string, start: Micros): string {
  return `${start} ${host}`;
}

function startOf(time: Micros): Micros {
  return Math.floor(time / PIECE_MICROS) * PIECE_MICROS;
}

function sizeOf({ ticks, values }: Piece): number {
  return ticks.length + values.length;
}

/** Joins it with the one before where it follows upon that. */
function addStretch(stretches: Stretch[], stretch: Stretch): void {
  const last = stretches.at(-1);
  if (last?.to === stretch.from) last.to = stretch.to;
  else stretches.push(stretch);
}

/** The middle of the gaps, the lower one of two; with a single tick nothing is known of it. */
function usualGap(ticks: Micros[]): Micros {
  const gaps = Float64Array.from(ticks.slice(1), (tick, i) => tick - (ticks[i] as number)).sort();
  return gaps[Math.floor((gaps.length - 1) / 2)] ?? DEFAULT_INTERVAL_MS * 1000;
}

/** The first tick of a piece stands for the time since the last one of the piece before, that of the first for one usual gap. */
function addUp(pieces: Piece[], usual: Micros): Map<number, Float64Array> {
  const programs = new Map<number, Float64Array>();
  let last: Micros | undefined;
  for (const { ticks, values } of pieces) {
    const first = ticks[0];
    if (first === undefined) continue;
    const seconds = (last === undefined ? usual : Math.min(first - last, 3 * usual)) / MICROS_PER_SECOND;
    last = ticks.at(-1);
    for (let offset = 0; offset < values.length; offset += WIDTH) {
      const name = values[offset] as number;
      let sums = programs.get(name);
      if (!sums) programs.set(name, (sums = new Float64Array(WIDTH).fill(NaN)));
      addProgram(sums, values, offset);
      addTo(sums, at.seconds, (values[offset + at.firstSamples] as number) * seconds);
      addTo(sums, at.cpuTime, (values[offset + at.firstCpu] as number) * seconds);
    }
  }
  return programs;
}

function addTo(sums: Float64Array, column: number, value: number): void {
  if (Number.isNaN(value)) return;
  const known = sums[column] as number;
  sums[column] = (Number.isNaN(known) ? 0 : known) + value;
}
