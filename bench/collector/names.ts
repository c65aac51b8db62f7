export const C_KEEP = 'C, pread on kept descriptors';
