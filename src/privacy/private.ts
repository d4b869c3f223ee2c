const door = Symbol('the door');

/**
 * A value computed from private rows. It has no length, no iteration, no JSON and no readable text; only a mechanism in
 * `privacy/` opens it, after the ledger has been paid.
 *
 * The value is lazy: `map` composes functions and computes nothing, so no private work happens before payment.
 *
 * **Privacy**: `map` moves data behind the door only; the caller states how one unit changes the result when it hands it
 * to a mechanism. `test/architecture.test.ts` lists the files that may open the door.
 */
export class Private<T> {
  readonly #evaluate: () => T | Promise<T>;

  private constructor(evaluate: () => T | Promise<T>) {
    this.#evaluate = evaluate;
  }

  /** Puts a value behind the door. */
  static seal<T>(value: T): Private<T> {
    return new Private(() => value);
  }

  /** Puts a computation behind the door; it runs each time a mechanism asks for it. */
  static defer<T>(evaluate: () => T | Promise<T>): Private<T> {
    return new Private(evaluate);
  }

  /** A private value computed from this one; `transform` must not throw or leave traces depending on the rows. */
  map<U>(transform: (value: T) => U | Promise<U>): Private<U> {
    return new Private(async () => transform(await this.#evaluate()));
  }

  /** Two private values as one. */
  zip<U>(other: Private<U>): Private<readonly [T, U]> {
    return new Private(async () => [await this.#evaluate(), await other[door]()] as const);
  }

  /** Computes a deferred value at most once. */
  memo(): Private<T> {
    let cached: Promise<T> | undefined;
    return new Private(() => {
      cached ??= Promise.resolve(this.#evaluate());
      return cached;
    });
  }

  /** @internal Opened by `openPrivate` alone. */
  [door](): Promise<T> {
    return Promise.resolve(this.#evaluate());
  }

  /** Reveals nothing in logs and messages. */
  toString(): string {
    return 'Private';
  }

  /** Refuses to be written to a file. */
  toJSON(): never {
    throw new TypeError('a private value cannot be serialised');
  }
}

/**
 * Opens the door. Only mechanisms in `src/privacy/` may import this (the architecture test enforces it), and only after
 * the ledger has been paid.
 */
export function openPrivate<T>(value: Private<T>): Promise<T> {
  return value[door]();
}
