/** How a procedure is described: what it takes, and what it gives. */

/** No arguments, or nothing to tell. */
export type Empty = Readonly<Record<never, never>>;

/** A procedure: its arguments, and its result. */
export interface Signature<A, R> {
  readonly arguments: A;
  readonly result: R;
}
