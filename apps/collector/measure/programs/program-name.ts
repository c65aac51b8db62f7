import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** Length at which the kernel cuts a name, in bytes. */
const COMM_BYTES = 15;
/** What runtimes call their main thread, which hides the program's name. */
const RUNTIME_THREADS = new Set(['MainThread', 'node-MainThread']);
const SLASH = 0x2f;
const BLANK = 0x20;
const MAX_NAME_CODE_POINTS = 255;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of bytes that a stranger chose: bytes that are not UTF-8 become `\xNN`, all others come back as they are. */
export function textOf(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return escapeInvalid(bytes);
  }
}

function escapeInvalid(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = validLength(bytes, at);
    if (length > 0) text += strict.decode(bytes.subarray(at, at + length));
    else text += `\\x${(bytes[at] as number).toString(16).padStart(2, '0')}`;
    at += Math.max(1, length);
  }
  return text;
}

/** Bytes of the valid UTF-8 character that begins there; 0 where none does. */
function validLength(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length++) {
    try {
      strict.decode(bytes.subarray(at, at + length));
      return length;
    } catch {
      // A longer piece may be a whole character.
    }
  }
  return 0;
}

/** What can be asked of one process when its name is looked for; each is read only when it is needed. */
export class ProcessFacts {
  private argumentBytes: Buffer[] | undefined;
  private executablePath: string | undefined;

  constructor(
    private readonly folder: string,
    readonly comm: Uint8Array,
  ) {}

  /** The arguments as bytes; none where they may not be read. */
  get argumentList(): Buffer[] {
    this.argumentBytes ??= splitArguments(this.bytesOf('cmdline'));
    return this.argumentBytes;
  }

  /** Path of the program's file; empty where it may not be read. */
  get executable(): string {
    if (this.executablePath === undefined) {
      try {
        const target = readlinkSync(`${this.folder}/exe`, { encoding: 'buffer' });
        this.executablePath = textOf(target).replace(/ \(deleted\)$/, '');
      } catch {
        this.executablePath = '';
      }
    }
    return this.executablePath;
  }

  /** A file of the process's folder, as text; empty where it may not be read. */
  text(file: string): string {
    return textOf(this.bytesOf(file));
  }

  private bytesOf(file: string): Buffer {
    try {
      return readFileSync(`${this.folder}/${file}`);
    } catch {
      return Buffer.alloc(0);
    }
  }
}

function splitArguments(bytes: Buffer): Buffer[] {
  const list: Buffer[] = [];
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(0, from);
    const to = end < 0 ? bytes.length : end;
    list.push(bytes.subarray(from, to));
    from = to + 1;
  }
  return list;
}

/**
 * The name of a program: the kernel's own, or its full length where the kernel has cut it, or the file's name where a
 * runtime calls its main thread by a name of its own.
 */
export function programName(facts: ProcessFacts): string {
  const name = textOf(facts.comm);
  if (RUNTIME_THREADS.has(name)) return bounded(basename(facts.executable)) || name;
  if (facts.comm.length >= COMM_BYTES) return fullName(facts) ?? name;
  return name || bounded(basename(facts.executable)) || '(no name)';
}

/** The basename of argv[0] or of the program's file, whichever begins with the name that was cut. */
function fullName(facts: ProcessFacts): string | undefined {
  const file = basename(facts.executable);
  if (startsWith(Buffer.from(file), facts.comm)) return bounded(file) || undefined;
  const first = facts.argumentList[0];
  const last = first?.subarray(first.lastIndexOf(SLASH) + 1);
  if (!last || !startsWith(last, facts.comm)) return undefined;
  return bounded(textOf(last.subarray(0, titleEnd(last)))) || undefined;
}

/**
 * A program that writes its title over its arguments leaves all of it in argv[0]: from the first blank past the
 * kernel's name on, those are arguments, which may hold secrets.
 */
function titleEnd(argument: Uint8Array): number {
  const blank = argument.indexOf(BLANK, COMM_BYTES);
  return blank < 0 ? argument.length : blank;
}

function startsWith(whole: Uint8Array, start: Uint8Array): boolean {
  return whole.length >= start.length && start.every((byte, at) => whole[at] === byte);
}

/** No file's name is longer than a name may be; an argument that is longer is no file's name. */
function bounded(name: string): string {
  return Array.from(name).length <= MAX_NAME_CODE_POINTS ? name : '';
}

/**
 * A kernel thread's name without the processor and the work it has at the moment (`kworker/0:1-events` is `kworker`),
 * which would make a new program of it every few seconds.
 */
export function kernelThreadName(comm: Uint8Array): string {
  const slash = comm.indexOf(SLASH);
  return textOf(slash > 0 ? comm.subarray(0, slash) : comm);
}
