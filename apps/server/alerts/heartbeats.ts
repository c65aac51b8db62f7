import { Injectable } from '@nestjs/common';
import {
  HEARTBEAT_SILENT_MS,
  heartbeatService,
  type Heartbeat,
  type HeartbeatService,
  type ServiceState,
} from '#domain';

interface Beat extends Heartbeat {
  atMs: number;
}

/** When alarm and prediction were last heard of. */
@Injectable()
export class Heartbeats {
  private readonly beats = new Map<HeartbeatService, Beat>();

  put(service: HeartbeatService, beat: Heartbeat, nowMs: number): void {
    this.beats.set(service, { ...beat, atMs: nowMs });
  }

  list(nowMs: number): ServiceState[] {
    return heartbeatService.options.map((service) => {
      const beat = this.beats.get(service);
      if (!beat) return { service, status: 'silent', instance: null, version: null, lastSeen: null };
      const status = nowMs - beat.atMs > HEARTBEAT_SILENT_MS ? 'silent' : beat.follows ? 'ok' : 'catching up';
      return {
        service,
        status,
        instance: beat.instance,
        version: beat.version,
        lastSeen: new Date(beat.atMs).toISOString(),
      };
    });
  }
}
