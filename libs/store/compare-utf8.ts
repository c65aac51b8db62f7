/** Order of two strings by code unit of UTF-8, which is the order of their code points and that of the databases. */
export function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
