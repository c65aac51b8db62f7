/** Below this number of cases a figure says too little to act on. */
export const TOO_FEW = 20;
