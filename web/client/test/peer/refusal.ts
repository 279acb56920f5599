/** An ERROR in the making: what a procedure of the test daemon throws. */

export class Refusal extends Error {
  readonly uri: string;
  readonly kwargs: Record<string, unknown>;

  constructor(uri: string, message: string, kwargs: Record<string, unknown> = {}) {
    super(message);
    this.uri = uri;
    this.kwargs = kwargs;
  }
}
