export * from './access.js';
export * from './backoff.js';
export * from './log.js';
export * from './loop.js';
export * from './service.js';
export * from './settings.js';
export * from './version.js';
export * from './yaml-file.js';
