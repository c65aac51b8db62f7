import { Injectable } from '@nestjs/common';
import { formatDuration, type ServiceState } from '#domain';
import { HostRegistry } from '../hosts/host-registry.js';
import { Heartbeats } from './heartbeats.js';

/** Most hosts that are named one by one, of each kind of the hosts that can't be judged. */
const MAX_NAMED_HOSTS = 10;

/** What can't be seen, and so can't be called GREEN: RED needs the alarm and the host's samples, AMBER the prediction too. */
@Injectable()
export class Sight {
  constructor(
    private readonly heartbeats: Heartbeats,
    private readonly hosts: HostRegistry,
  ) {}

  /** Why not all can be seen, in words; empty where all can. */
  reasons(nowMs: number): string[] {
    const none = this.hosts.size === 0 ? ['no host has reported'] : [];
    const silent = this.hosts.silent(nowMs).map((host) => `host ${host} is silent`);
    const paused = this.hosts.paused(nowMs).map((host) => `host ${host} is paused`);
    const late = this.hosts
      .late(nowMs)
      .map(({ host, ageMs }) => `host ${host} sends samples that are ${formatDuration(ageMs)} old`);
    return [
      ...this.services(nowMs),
      ...none,
      ...named(silent, 'are silent'),
      ...named(paused, 'are paused'),
      ...named(late, 'send samples that are old'),
    ];
  }

  /** Whether no host can be told to be GREEN, and which hosts can't whatever the others are. */
  blindSpots(nowMs: number): { all: boolean; hosts: Set<string> } {
    const late = this.hosts.late(nowMs).map(({ host }) => host);
    const hosts = new Set([...this.hosts.silent(nowMs), ...this.hosts.paused(nowMs), ...late]);
    return { all: this.services(nowMs).length > 0, hosts };
  }

  private services(nowMs: number): string[] {
    return this.heartbeats
      .list(nowMs)
      .filter(({ status }) => status !== 'ok')
      .map(reasonOf);
  }
}

function reasonOf({ service, status, lastSeen }: ServiceState): string {
  if (status !== 'silent') return `${service} is ${status}`;
  return lastSeen === null ? `no ${service} has reported` : `${service} is silent since ${lastSeen}`;
}

function named(reasons: string[], what: string): string[] {
  if (reasons.length <= MAX_NAMED_HOSTS) return reasons;
  return [...reasons.slice(0, MAX_NAMED_HOSTS), `${reasons.length - MAX_NAMED_HOSTS} more hosts ${what}`];
}
