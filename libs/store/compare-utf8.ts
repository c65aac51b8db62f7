/** Order of two strings by their UTF-8 bytes: that of their code points, and of the databases. */
export function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
