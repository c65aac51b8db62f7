export * from './amberwatch-client.js';
