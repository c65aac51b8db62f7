export * from './usage-store.js';
