const SPACE = 0x20;
const MINUS = 0x2d;
const OPEN = 0x28;
const CLOSE = 0x29;
/** A pid of ten digits, brackets and the kernel's longest name (64 bytes) end before this offset. */
const NAME_ENDS_BEFORE = 90;

/** Offsets of the fields that are kept, counted from the one after the name (proc_pid_stat(5) counts it as 3). */
const PPID = 1;
const FLAGS = 6;
const UTIME = 11;
const STIME = 12;
const CUTIME = 13;
const CSTIME = 14;
const THREADS = 16;
const START = 19;
const RSS = 21;
const START_STACK = 25;

/** Flag of the kernel's own threads (PF_KTHREAD of include/linux/sched.h). */
const KERNEL_THREAD = 0x0020_0000;

/**
 * What the collector needs of a line of `/proc/<pid>/stat`, parsed from its bytes into one reused object: no string is
 * made. The name ends at the last `)`, because it may hold brackets, spaces and newlines itself.
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
  /** Start in kernel ticks after boot. */
  startTicks = 0;
  threads = 0;
  rssPages = 0;
  /** Bottom of the stack: random anew at every exec; 0 where the reader may not see it. */
  stack = 0;

  /** False where the bytes are no such line, as when the process ended while it was read. */
  parse(bytes: Uint8Array, length: number): boolean {
    const close = lastClose(bytes, length);
    if (close < 0) return false;
    let open = 0;
    while (open < close && bytes[open] !== OPEN) open++;
    this.nameFrom = open + 1;
    this.nameTo = close;
    return this.parseFields(bytes, length, close + 4);
  }

  private parseFields(bytes: Uint8Array, length: number, from: number): boolean {
    let at = from;
    let cpu = 0;
    let childrenCpu = 0;
    for (let field = PPID; field <= START_STACK; field++) {
      let value = 0;
      let byte = bytes[at] as number;
      const negative = byte === MINUS;
      if (negative) byte = bytes[++at] as number;
      while (byte > SPACE && at < length) {
        value = value * 10 + (byte - 0x30);
        byte = bytes[++at] as number;
      }
      if (at >= length && field < START_STACK) return false;
      at++;
      switch (field) {
        case PPID:
          this.parent = value;
          break;
        case FLAGS:
          this.kernel = (value & KERNEL_THREAD) !== 0;
          break;
        case UTIME:
          cpu = value;
          break;
        case STIME:
          this.cpuTicks = cpu + value;
          break;
        case CUTIME:
          childrenCpu = negative ? 0 : value;
          break;
        case CSTIME:
          this.childrenCpuTicks = childrenCpu + (negative ? 0 : value);
          break;
        case THREADS:
          this.threads = value;
          break;
        case START:
          this.startTicks = value;
          break;
        case RSS:
          this.rssPages = negative ? 0 : value;
          break;
        case START_STACK:
          this.stack = value;
          break;
      }
    }
    return true;
  }
}

function lastClose(bytes: Uint8Array, length: number): number {
  for (let at = Math.min(length, NAME_ENDS_BEFORE) - 1; at > 0; at--) if (bytes[at] === CLOSE) return at;
  for (let at = length - 1; at > 0; at--) if (bytes[at] === CLOSE) return at;
  return -1;
}
