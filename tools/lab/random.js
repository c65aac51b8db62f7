/** A small generator with a seed (T. Ettinger, mulberry32): numbers from 0 to 1. */
export function randomFrom(seed) {
  let a = Math.imul(seed + 1, 0x9e3779b1);
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** How many of events with that mean come, by Poisson's law (Knuth's method; the mean is small). */
export function poisson(random, mean) {
  const end = Math.exp(-Math.min(mean, 500));
  let count = 0;
  for (let product = random(); product > end; product *= random()) count++;
  return count;
}
