/**
 * How much of something each address may do. Pure; time is an argument.
 *
 * @module
 */
import { addressBlock } from "../../http/connection.ts";
import { ADDRESSES_COUNTED_MAX } from "../../limits.ts";
import { TokenBucket } from "../../token_bucket.ts";

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
