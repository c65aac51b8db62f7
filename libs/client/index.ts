export * from './all-pages.js';
export * from './amberwatch-client.js';
export * from './read-feed.js';
export * from './service-control.js';
export * from './sample-sender.js';
export * from './server-trust.js';
export * from './host-cpu.js';
export * from './host-history.js';
