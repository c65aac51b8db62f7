import type { ProcessReader } from './process-reader.js';

/**
 * The reader of this system; that of no other one is loaded.
 *
 * @param naming file with naming rules
 * @throws StartError where the rules are wrong
 */
export async function openReader(proc: string, naming: string | undefined): Promise<ProcessReader> {
  if (process.platform !== 'linux') {
    const { PortableReader } = await import('./portable.reader.js');
    return new PortableReader();
  }
  const { LinuxReader } = await import('./linux.reader.js');
  const nameOf = naming ? (await import('../programs/naming-rules.js')).loadNaming(naming) : undefined;
  return new LinuxReader({ proc, ...(nameOf ? { nameOf } : {}) });
}
