export * from './amberwatch-client.js';
export * from './service-control.js';
