/** What a route answers. */
export interface Page {
  type: string;
  body: string;
}

export interface Route {
  /** True where it changes something: then POST is allowed too, and token and origin are checked. */
  changes?: boolean;
  /** @throws Refused where the query is wrong */
  answer: (query: URLSearchParams) => Page | Promise<Page>;
}

/** Routes by path. */
export type Routes = Record<string, Route>;

export function json(value: unknown): Page {
  return { type: 'application/json; charset=utf-8', body: JSON.stringify(value) };
}
