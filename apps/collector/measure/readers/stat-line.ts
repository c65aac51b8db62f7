const SPACE = 0x20;
const MINUS = 0x2d;
const ZERO = 0x30;
const OPEN = 0x28;
const CLOSE = 0x29;
/** A pid of ten digits, brackets and the kernel's longest name (64 bytes) end before this offset. */
const NAME_ENDS_BEFORE = 90;
/** Flag of the kernel's own threads (PF_KTHREAD of include/linux/sched.h). */
const KERNEL_THREAD = 0x0020_0000;

/**
 * What the collector needs of a line of `/proc/<pid>/stat` (proc_pid_stat(5)), parsed from its bytes into one reused
 * object: no string is made, and fields that are not needed are skipped. The name ends at the last `)`,
 * because it may hold brackets, spaces and newlines itself.
 */
export class StatLine {
  /** Where the name lies in the buffer. */
  nameFrom = 0;
  nameTo = 0;
  parent = 0;
  kernel = false;
  /** CPU time in kernel ticks (10 ms), own and of children that were waited for. */
  cpuTicks = 0;
  childrenCpuTicks = 0;
  threads = 0;
  /** Start in kernel ticks after boot. */
  startTicks = 0;
  rssPages = 0;
  /** Fingerprint of the stack's bottom, which is random at every exec; constant if the reader may not see it. */
  stack = 0;
  private at = 0;

  /** False where the bytes are no such line, as when the process ended while it was read. */
  parse(bytes: Uint8Array, length: number): boolean {
    const close = lastClose(bytes, length);
    if (close < 0 || length > bytes.length) return false;
    let open = 0;
    while (open < close && bytes[open] !== OPEN) open++;
    this.nameFrom = open + 1;
    this.nameTo = close;
    // A space, the state and a space lie between the name and field 4.
    this.at = close + 4;
    this.parent = this.number(bytes, length);
    this.skip(bytes, length, 4);
    this.kernel = (this.number(bytes, length) & KERNEL_THREAD) !== 0;
    this.skip(bytes, length, 4);
    this.cpuTicks = this.number(bytes, length) + this.number(bytes, length);
    this.childrenCpuTicks = this.number(bytes, length) + this.number(bytes, length);
    this.skip(bytes, length, 2);
    this.threads = this.number(bytes, length);
    this.skip(bytes, length, 1);
    this.startTicks = this.number(bytes, length);
    this.skip(bytes, length, 1);
    this.rssPages = this.number(bytes, length);
    if (this.at > length) return false;
    this.skip(bytes, length, 3);
    this.stack = this.fingerprint(bytes, length);
    return true;
  }

  /** The field here, as a number that is never negative; the kernel prints some counters as signed ones. */
  private number(bytes: Uint8Array, length: number): number {
    let { at } = this;
    if (bytes[at] === MINUS) {
      this.skip(bytes, length, 1);
      return 0;
    }
    let value = 0;
    while (at < length) {
      const byte = bytes[at++] as number;
      if (byte <= SPACE) break;
      value = value * 10 + (byte - ZERO);
    }
    this.at = at;
    return value;
  }

  private skip(bytes: Uint8Array, length: number, fields: number): void {
    let { at } = this;
    for (let left = fields; left > 0 && at < length;) if ((bytes[at++] as number) <= SPACE) left--;
    this.at = at;
  }

  private fingerprint(bytes: Uint8Array, length: number): number {
    let hash = 0;
    for (let { at } = this; at < length; at++) {
      const byte = bytes[at] as number;
      if (byte <= SPACE) break;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    return hash;
  }
}

function lastClose(bytes: Uint8Array, length: number): number {
  for (let at = Math.min(length, NAME_ENDS_BEFORE) - 1; at > 0; at--) if (bytes[at] === CLOSE) return at;
  for (let at = length - 1; at > 0; at--) if (bytes[at] === CLOSE) return at;
  return -1;
}
