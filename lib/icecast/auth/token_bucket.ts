/**
 * How much of something may happen: so much at once, and so much a second in the
 * long run. Pure; time is an argument.
 *
 * @module
 */
import { addressBlock } from "../../http/connection.ts";
import { ADDRESSES_COUNTED_MAX } from "../../limits.ts";

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
   * @param nowMs monotonic
   */
  constructor(capacity: number, perSecond: number, nowMs: number) {
    this.#capacity = capacity;
    this.#perMs = perSecond / 1000;
    this.#tokens = capacity;
    this.#atMs = nowMs;
  }

  /** How much may happen now; negative after more was taken. */
  left(nowMs: number): number {
    const grown = this.#tokens + (nowMs - this.#atMs) * this.#perMs;
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

/** One allowance for each address; the /64 of one IPv6 subscriber is one. */
export class AddressBuckets {
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #capacity: number;
  readonly #perSecond: number;

  /** See {@linkcode TokenBucket}. */
  constructor(capacity: number, perSecond: number) {
    this.#capacity = capacity;
    this.#perSecond = perSecond;
  }

  /** Whether an address has something left. */
  allows(address: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(keyOf(address));
    return (bucket?.left(nowMs) ?? this.#capacity) >= 1;
  }

  /** It happened. */
  take(address: string, nowMs: number): void {
    const key = keyOf(address);
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      this.#makeRoom(nowMs);
      bucket = new TokenBucket(this.#capacity, this.#perSecond, nowMs);
    }
    bucket.take(1, nowMs);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket); // The newest stands last.
  }

  #makeRoom(nowMs: number): void {
    if (this.#buckets.size < ADDRESSES_COUNTED_MAX) return;
    for (const [address, bucket] of this.#buckets) {
      if (bucket.isFull(nowMs)) this.#buckets.delete(address);
    }
    const [oldest] = this.#buckets.keys();
    const isFull = this.#buckets.size >= ADDRESSES_COUNTED_MAX;
    if (isFull && oldest !== undefined) this.#buckets.delete(oldest);
  }
}

function keyOf(address: string): string {
  return addressBlock(address) ?? address;
}
