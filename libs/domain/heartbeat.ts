import { z } from 'zod';
import { isoTime } from './time.js';

/** A service that has not beaten for so long is silent. */
export const HEARTBEAT_EVERY_MS = 5_000;
export const HEARTBEAT_SILENT_MS = 30_000;

export const heartbeatService = z.enum(['prediction', 'alarm']);
export type HeartbeatService = z.infer<typeof heartbeatService>;

export const heartbeat = z
  .strictObject({
    instance: z.string().min(1).max(64).describe('New at every start of the service'),
    version: z.string().max(64),
    follows: z.boolean().describe('False while the service does not follow the samples, such as while it catches up'),
  })
  .meta({ id: 'Heartbeat' });
export type Heartbeat = z.infer<typeof heartbeat>;

export const serviceState = z
  .strictObject({
    service: heartbeatService,
    status: z.enum(['ok', 'catching up', 'paused', 'silent']),
    instance: z.string().nullable(),
    version: z.string().nullable(),
    lastSeen: isoTime.nullable(),
  })
  .meta({ id: 'ServiceState' });
export type ServiceState = z.infer<typeof serviceState>;

export const serviceList = z.strictObject({ services: z.array(serviceState) }).meta({ id: 'ServiceList' });
export type ServiceList = z.infer<typeof serviceList>;
