import type { SqlParameter } from './duckdb-file.js';

/** Collects the conditions of a query: text that stands in the code, and the values that are bound to it. */
export class Conditions {
  readonly parameters: SqlParameter[] = [];
  private readonly parts: string[] = [];

  /** Keeps a value for the statement; returns what stands for it in the text, such as `$3`. */
  bind(value: SqlParameter): string {
    return `$${this.parameters.push(value)}`;
  }

  /** One more condition; a single `$` in the text stands for the value. */
  add(text: string, value?: SqlParameter): this {
    this.parts.push(value === undefined ? text : text.replace('$', () => this.bind(value)));
    return this;
  }

  get where(): string {
    return this.parts.join(' AND ');
  }
}
