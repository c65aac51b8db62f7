import { useEffect, useState } from 'preact/hooks';

/** A value that parts of the page follow. */
export class Store<Value> {
  private readonly listeners = new Set<(value: Value) => void>();

  constructor(public value: Value) {}

  set(value: Value): void {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const listener of this.listeners) listener(value);
  }

  /** Returns what ends it. */
  follow(listener: (value: Value) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}

export function useStore<Value>(store: Store<Value>): Value {
  const [value, setValue] = useState(store.value);
  useEffect(() => {
    setValue(() => store.value);
    return store.follow((next) => setValue(() => next));
  }, [store]);
  return value;
}
