/** A value that tells when it changes: what the state of the page is kept in. */

import { useEffect, useState } from "preact/hooks";

export class Observable<T> {
  readonly #listeners = new Set<(value: T) => void>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    this.#value = value;
    for (const listener of this.#listeners) {
      listener(value);
    }
  }

  /** Calls `listener` at every change. @returns a function that stops it. */
  watch(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The value of an observable, in a component that is drawn again when it changes. */
export function useObservable<T>(observable: Observable<T>): T {
  const [value, setValue] = useState(observable.value);
  useEffect(() => {
    setValue(observable.value);
    return observable.watch(setValue);
  }, [observable]);
  return value;
}
