import type { HostCounters } from '../readers/process-reader.js';

/** Reads the counters of the host itself; code for other systems is not loaded. */
export async function openHostCounters(proc: string): Promise<() => HostCounters> {
  if (process.platform !== 'linux') return (await import('../readers/portable.reader.js')).hostCounters;
  const { LinuxHost } = await import('./linux-host.js');
  const linux = new LinuxHost(proc);
  return () => linux.read();
}
