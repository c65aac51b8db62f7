import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.html': 'text/html; charset=utf-8',
};
/** An answer in one packet gains nothing. */
const MIN_BYTES = 1024;

/** In the order in which they are preferred; of the page's script brotli leaves a tenth less than gzip. */
const ENCODINGS = ['br', 'gzip'] as const;
type Encoding = (typeof ENCODINGS)[number];

const pack: Record<Encoding, (bytes: Buffer) => Buffer> = {
  br: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (bytes) => gzipSync(bytes, { level: 9 }),
};

/** A file of the built page, which is packed once, when the first one asks for it so. */
export class PageFile {
  readonly type: string;
  /** Weak, because the packed bytes have the same one. */
  readonly tag: string;
  private readonly packed = new Map<Encoding, Buffer>();

  constructor(
    path: string,
    private readonly bytes: Buffer,
  ) {
    this.type = TYPES[extname(path)] ?? 'application/octet-stream';
    this.tag = `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  }

  /** The bytes for somebody who sends that header `Accept-Encoding`. */
  for(accepts: string | undefined): { encoding?: Encoding; bytes: Buffer } {
    const encoding = this.bytes.length < MIN_BYTES ? undefined : encodingFor(accepts);
    if (encoding === undefined) return { bytes: this.bytes };
    let packed = this.packed.get(encoding);
    if (!packed) this.packed.set(encoding, (packed = pack[encoding](this.bytes)));
    return { encoding, bytes: packed };
  }

  /** Whether somebody who sends that header `If-None-Match` has it. */
  isKnown(header: string | undefined): boolean {
    const tags = (header ?? '').split(',').map((tag) => tag.trim());
    return tags.includes('*') || tags.some((tag) => tag.replace(/^W\//, '') === this.tag.slice(2));
  }
}

function encodingFor(accepts: string | undefined): Encoding | undefined {
  const taken = (accepts ?? '')
    .toLowerCase()
    .split(',')
    .map((one) => one.trim().split(/\s*;\s*/));
  return ENCODINGS.find((encoding) =>
    taken.some(([name, ...parameters]) => name === encoding && !parameters.some((one) => /^q=0(\.0*)?$/.test(one))),
  );
}

/** All files of the built page by their path; none where it is not built, as when the sources are run. */
export function readPage(folder: string): Map<string, PageFile> {
  if (!existsSync(folder)) return new Map();
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => `${entry.parentPath}/${entry.name}`);
  return new Map(paths.map((path) => [relative(folder, path), new PageFile(path, readFileSync(path))]));
}
