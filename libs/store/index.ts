export type { InfluxOptions } from './influx/influx-http.js';
export { decodeCursor, encodeCursor } from './page-cursor.js';
export * from './state/state-store.js';
export { repairFolder } from './repair.js';
export * from './state/state-map.js';
export { answerOf, StoreLockedError, StoreOpenError } from './store-errors.js';
export * from './store.module.js';
export { listTick } from './tick-list.js';
export * from './usage-store.js';
