import type { HostState, Incident } from '#domain';
export type HostRecord = Pick<HostState, 'host' | 'service' | 'firstSeen' | 'lastSeen' | 'lastTime' | 'intervalMs'>;
export class StateStore {
  private h = new Map<string, HostRecord>();
  private i = new Map<string, Incident>();
  async check() {}
  async hosts() {
    return [...this.h.values()];
  }
  async putHosts(hosts: HostRecord[]) {
    for (const h of hosts) this.h.set(h.host, h);
  }
  async openIncidents() {
    return [...this.i.values()].filter((i) => i.closed === null);
  }
  async putIncidents(incidents: Incident[]) {
    for (const i of incidents) this.i.set(i.id, i);
  }
  async incidents(q: any): Promise<Incident[]> {
    const all = [...this.i.values()]
      .filter(
        (i) => (q.state === 'all' || (q.state === 'open') === (i.closed === null)) && (!q.host || i.host === q.host),
      )
      .sort((a, b) => (a.opened < b.opened ? 1 : -1));
    return all.filter((i) => !q.after || i.opened < q.after.opened).slice(0, q.limit);
  }
  async expire(_iso: string) {}
}
