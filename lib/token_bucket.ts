/**
 * How much of something may happen: so much at once, and so much a second in the
 * long run. Pure; time is an argument.
 *
 * @module
 */
/** One allowance. */
export class TokenBucket {
  readonly #capacity: number;
  readonly #perMs: number;
  #tokens: number;
  #atMs: number;

  /**
   * A full one.
   *
   * @param capacity how much may happen at once
   * @param perSecond how much in the long run
   * @param nowMs of any clock; while one is set back nothing is added
   */
  constructor(capacity: number, perSecond: number, nowMs: number) {
    this.#capacity = capacity;
    this.#perMs = perSecond / 1000;
    this.#tokens = capacity;
    this.#atMs = nowMs;
  }

  /** How much may happen now; negative after more was taken. */
  left(nowMs: number): number {
    const passedMs = Math.max(0, nowMs - this.#atMs);
    const grown = this.#tokens + passedMs * this.#perMs;
    this.#tokens = Math.min(this.#capacity, grown);
    this.#atMs = nowMs;
    return this.#tokens;
  }

  /** It happened, allowed or not. */
  take(amount: number, nowMs: number): void {
    this.#tokens = this.left(nowMs) - amount;
  }

  /** Milliseconds until there is something left again; 0 when there is. */
  waitMs(nowMs: number): number {
    return Math.max(0, -this.left(nowMs) / this.#perMs);
  }

  /** Whether nothing was taken lately. */
  isFull(nowMs: number): boolean {
    return this.left(nowMs) >= this.#capacity;
  }
}
