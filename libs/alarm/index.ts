export * from './actions.js';
export * from './console-line.js';
export * from './engine.js';
export * from './levels.js';
export * from './mute.js';
export * from './notification-plan.js';
export type { JudgedBatch } from './readings.js';
export * from './replay.js';
export * from './rules.js';
