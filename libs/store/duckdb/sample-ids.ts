import type { DuckDBConnection } from '@duckdb/node-api';
import type { Micros } from '#domain';
import { nameColumn, nameOf } from './name-column.js';

export interface KnownHost {
  id: number;
  /** Time of the newest sample that is stored or about to be. */
  newest: Micros;
}

/**
 * Numbers for host and process names in the table of samples, and the newest time of each host. The tables
 * `hosts` and `names` are loaded once; new entries collect here until their transaction takes them.
 */
export class SampleIds {
  readonly hosts = new Map<string, KnownHost>();
  readonly names = new Map<string, number>();
  newHosts: [number, string][] = [];
  newNames: [number, string][] = [];
  /** New names since unused ones were last looked for. */
  namesSincePrune = 0;
  private nextHost = 1;
  private nextName = 1;

  static async load(connection: DuckDBConnection): Promise<SampleIds> {
    const ids = new SampleIds();
    const hosts = await connection.runAndReadAll(
      `SELECT h.id, ${nameColumn('h.name')}, (SELECT max(time) FROM samples s WHERE s.host = h.id)::DOUBLE FROM hosts h`,
    );
    for (const [id, name, newest] of hosts.getRows() as [number, string, number | null][]) {
      ids.hosts.set(nameOf(name), { id, newest: newest ?? -Infinity });
      ids.nextHost = Math.max(ids.nextHost, id + 1);
    }
    const names = await connection.runAndReadAll(`SELECT id, ${nameColumn('name')} FROM names`);
    for (const [id, name] of names.getRows() as [number, string][]) {
      ids.names.set(nameOf(name), id);
      ids.nextName = Math.max(ids.nextName, id + 1);
    }
    ids.namesSincePrune = ids.names.size;
    return ids;
  }

  host(name: string): KnownHost {
    let host = this.hosts.get(name);
    if (!host) {
      host = { id: this.nextHost++, newest: -Infinity };
      this.hosts.set(name, host);
      this.newHosts.push([host.id, name]);
    }
    return host;
  }

  name(name: string): number {
    let id = this.names.get(name);
    if (id === undefined) {
      id = this.nextName++;
      this.names.set(name, id);
      this.newNames.push([id, name]);
      this.namesSincePrune++;
    }
    return id;
  }
}
