/** Moves the running share in `cell` towards `x` by `weight`. */
export function moveMean(f32: Float32Array, cell: number, weight: number, x: number): void {
  f32[cell] = (f32[cell] as number) + weight * (x - (f32[cell] as number));
}

/**
 * Moves a running mean and its variance towards `x` by `weight`; the variance as in T. Finch, Incremental calculation of
 * weighted mean and variance (2009).
 */
export function moveSpread(f32: Float32Array, mean: number, variance: number, weight: number, x: number): void {
  const d = x - (f32[mean] as number);
  f32[mean] = (f32[mean] as number) + weight * d;
  f32[variance] = (1 - weight) * ((f32[variance] as number) + weight * d * d);
}
