export type { InfluxOptions } from './influx-http.js';
export * from './state-store.js';
export type { StoredHost } from './state-tables.js';
export { StoreLockedError, StoreOpenError } from './store-errors.js';
export * from './store.module.js';
export * from './usage-store.js';
