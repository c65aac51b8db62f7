import { closeSync, openSync, readSync } from 'node:fs';

const BUFFER_BYTES = 16 * 1024;
const NEWLINE = 0x0a;
const ZERO = 0x30;
const NINE = 0x39;
const POINT = 0x2e;
const SMALL_M = 0x6d;

/** What became of a reading in place of a number of bytes. */
export const ABSENT = -1;
export const GONE = -2;

/** The one buffer that all files of groups are read into, and how many of them may stay open. */
export class GroupReader {
  readonly bytes = Buffer.allocUnsafe(BUFFER_BYTES);
  /** Bytes of the newest reading; negative where there was none. */
  length = ABSENT;
  private kept = 0;

  constructor(private readonly maxKept: number) {}

  /** Whether one more descriptor may stay open. */
  keep(): boolean {
    if (this.kept >= this.maxKept) return false;
    this.kept++;
    return true;
  }

  drop(): void {
    this.kept--;
  }

  /** The number that the file begins with; Infinity for `max`, NaN for anything else. */
  first(): number {
    return this.numberAt(0);
  }

  /** The second number of the first line. */
  second(): number {
    const blank = this.bytes.indexOf(' ');
    return blank < 0 || blank >= this.length ? Number.NaN : this.numberAt(blank + 1);
  }

  /** The number behind a key, which ends with what stands before the number, at the start of a line; NaN where it is not there. */
  after(key: Buffer): number {
    for (let at = this.bytes.indexOf(key); at >= 0 && at < this.length; at = this.bytes.indexOf(key, at + 1)) {
      if (at === 0 || this.bytes[at - 1] === NEWLINE) return this.numberAt(at + key.length);
    }
    return Number.NaN;
  }

  private numberAt(from: number): number {
    const { bytes, length } = this;
    let at = from;
    let value = 0;
    while (at < length && isDigit(bytes[at] as number)) value = value * 10 + (bytes[at++] as number) - ZERO;
    if (at === from) return bytes[at] === SMALL_M && at < length ? Infinity : Number.NaN;
    if (bytes[at] !== POINT || at >= length) return value;
    for (let unit = 0.1; ++at < length && isDigit(bytes[at] as number); unit /= 10) {
      value += ((bytes[at] as number) - ZERO) * unit;
    }
    return value;
  }
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}

/** One file of a group, on a descriptor that stays open where there are enough of them. */
export class GroupFile {
  private descriptor = -1;
  private absent = false;
  private readonly path: Buffer;

  /** @param path one character a byte */
  constructor(
    private readonly reader: GroupReader,
    path: string,
  ) {
    this.path = Buffer.from(path, 'latin1');
  }

  /** Bytes that are in the reader's buffer now; `GONE` once the group was removed, `ABSENT` where there is no such file. */
  read(): number {
    this.reader.length = this.absent ? ABSENT : this.readBytes();
    return this.reader.length;
  }

  /** Afterwards it is opened again, also where it was absent. */
  close(): void {
    this.absent = false;
    if (this.descriptor < 0) return;
    closeSync(this.descriptor);
    this.descriptor = -1;
    this.reader.drop();
  }

  private readBytes(): number {
    if (this.descriptor >= 0) return this.take(this.descriptor, GONE);
    let opened: number;
    try {
      opened = openSync(this.path, 'r');
    } catch {
      this.absent = true;
      return ABSENT;
    }
    const length = this.take(opened, ABSENT);
    // A kernel without pressure accounting has its files, and refuses to read them.
    this.absent = length < 0;
    if (length >= 0 && this.reader.keep()) this.descriptor = opened;
    else closeSync(opened);
    return length;
  }

  private take(descriptor: number, otherwise: number): number {
    const { bytes } = this.reader;
    try {
      return readSync(descriptor, bytes, 0, bytes.length, 0);
    } catch {
      return otherwise;
    }
  }
}
