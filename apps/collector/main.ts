import { setFlagsFromString } from 'node:v8';

/**
 * V8's space for young objects is kept at its first size of 1 MB. Loading the program would let it grow to 16 MB, and
 * it never shrinks again, while a tick needs less than one. So the flag is set before anything else is loaded.
 */
setFlagsFromString('--semi-space-growth-factor=1');
await import('./collector.service.js');
