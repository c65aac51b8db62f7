import { Injectable } from '@nestjs/common';
import {
  HEARTBEAT_SILENT_MS,
  heartbeatService,
  type Heartbeat,
  type HeartbeatService,
  type ServiceState,
} from '#domain';
import { ControlOrders } from '../control/control-orders.js';

interface Beat extends Heartbeat {
  atMs: number;
}

/** When alarm and prediction were last heard of. */
@Injectable()
export class Heartbeats {
  private readonly beats = new Map<HeartbeatService, Beat>();

  constructor(private readonly orders: ControlOrders) {}

  put(service: HeartbeatService, beat: Heartbeat, nowMs: number): void {
    this.beats.set(service, { ...beat, atMs: nowMs });
  }

  list(nowMs: number): ServiceState[] {
    return heartbeatService.options.map((service) => {
      const beat = this.beats.get(service);
      if (!beat) return { service, status: 'silent', instance: null, version: null, lastSeen: null };
      return {
        service,
        status: this.statusOf(service, beat, nowMs),
        instance: beat.instance,
        version: beat.version,
        lastSeen: new Date(beat.atMs).toISOString(),
      };
    });
  }

  private statusOf(service: HeartbeatService, beat: Beat, nowMs: number): ServiceState['status'] {
    if (nowMs - beat.atMs > HEARTBEAT_SILENT_MS) return 'silent';
    if (this.orders.stateOf('service', service).report?.status === 'paused') return 'paused';
    return beat.follows ? 'ok' : 'catching up';
  }
}
