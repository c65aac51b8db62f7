import { poisson } from './random.js';

/** Jobs a second, on average. */
export const JOBS_PER_SECOND = 8;

/**
 * How a load varies, as a weight with a mean of one over the run: `at` is the share of the planned time that is over, and
 * the others are random numbers of the run.
 */
const weights = {
  steady: () => 1,
  daily: (at, [a, b]) => 1 + 0.8 * Math.sin(2 * Math.PI * (at * (2 + 2 * a) + b)),
  bursts: (at, [a, b]) => ((((at * (8 + 20 * a)) % 1) + b) % 1 < 0.4 ? 2.2 : 0.2),
  growing: (at) => 0.3 + 1.4 * Math.min(1, at),
  // A new release begins to leak.
  late: (at, [a]) => (at < lateFrom(a) ? 0 : 1 / (1 - lateFrom(a))),
};
export const loads = Object.keys(weights);

const lateFrom = (a) => 0.3 + 0.3 * a;

/** What is asked of a program, second by second: jobs that leave nothing behind, and jobs that leak. */
export class Load {
  constructor({ load, minutes }, random) {
    this.seconds = minutes * 60;
    this.random = random;
    this.shape = [random(), random()];
    this.weight = weights[load];
    this.late = load === 'late';
  }

  /** Jobs that leak, over the whole run. */
  get leaky() {
    return this.seconds * JOBS_PER_SECOND;
  }

  at(second) {
    const weight = this.weight(second / this.seconds, this.shape);
    const plain = poisson(this.random, JOBS_PER_SECOND * (this.late ? 1 : weight));
    return { plain, leaky: poisson(this.random, JOBS_PER_SECOND * weight) };
  }
}
