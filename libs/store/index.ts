export { StoreLockedError, StoreOpenError } from './store-errors.js';
export * from './store.module.js';
export * from './usage-store.js';
