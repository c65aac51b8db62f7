import type { ForestData } from './model.js';

/** Boosted trees in typed arrays. */
export class Forest {
  private readonly roots: Int32Array;
  private readonly feature: Int16Array;
  private readonly threshold: Float64Array;
  private readonly children: Int32Array;
  private readonly value: Float64Array;
  private readonly leaf: Float64Array;

  constructor(data: ForestData) {
    this.roots = Int32Array.from(data.roots);
    this.feature = Int16Array.from(data.feature);
    this.threshold = Float64Array.from(data.threshold);
    this.children = new Int32Array(data.left.length * 2);
    data.left.forEach((child, i) => (this.children[2 * i] = child));
    data.right.forEach((child, i) => (this.children[2 * i + 1] = child));
    this.value = Float64Array.from(data.value);
    this.leaf = Float64Array.from(data.leaf);
  }

  /** The sum of the leaves that the features lead to: log-odds, or a quantity. */
  sum(features: Float32Array): number {
    const { roots, feature, threshold, children, leaf } = this;
    let total = 0;
    for (let t = 0; t < roots.length; t++) {
      let node = roots[t] as number;
      while (node >= 0) {
        const right = (features[feature[node] as number] as number) > (threshold[node] as number) ? 1 : 0;
        node = children[2 * node + right] as number;
      }
      total += leaf[-1 - node] as number;
    }
    return total;
  }

  /**
   * Adds to `into` what each feature moved the sum by: the change of the expected value along the path, after
   * A. Saabas, Interpreting random forests (2014).
   */
  contributions(features: Float32Array, into: Float64Array): void {
    const { roots, feature, threshold, children, value, leaf } = this;
    for (let t = 0; t < roots.length; t++) {
      let node = roots[t] as number;
      while (node >= 0) {
        const by = feature[node] as number;
        const right = (features[by] as number) > (threshold[node] as number) ? 1 : 0;
        const next = children[2 * node + right] as number;
        const after = (next >= 0 ? value[next] : leaf[-1 - next]) as number;
        into[by] = (into[by] as number) + after - (value[node] as number);
        node = next;
      }
    }
  }
}

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
