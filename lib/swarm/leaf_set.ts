/**
 * A set of leaf numbers of one content: what we hold, what a peer holds. A
 * bitmap, because sets are dense, compared often and never sparse for long; the
 * wire and the callers speak in ranges.
 *
 * Everything is arithmetic on 32-bit words; nothing is allocated after the
 * constructor but the ranges asked for.
 *
 * @module
 */

/** Leaves `from` to `until`, `until` exclusive. */
export interface LeafRange {
  /** First leaf. */
  from: number;
  /** The leaf after the last. */
  until: number;
}

/** A mutable set of the integers 0 to `size` - 1. */
export class LeafSet {
  readonly #words: Uint32Array;
  #count = 0;

  /**
   * An empty set.
   *
   * @param size number of leaves, from 1
   */
  constructor(readonly size: number) {
    this.#words = new Uint32Array(Math.ceil(size / 32));
  }

  /** How many leaves are in the set. */
  get count(): number {
    return this.#count;
  }

  /** True when every leaf is in the set. */
  get full(): boolean {
    return this.#count === this.size;
  }

  /** True when `leaf` is in the set; false outside 0 to `size` - 1. */
  has(leaf: number): boolean {
    return ((this.#words[leaf >>> 5] ?? 0) >>> (leaf & 31) & 1) === 1;
  }

  /** True when all of `from` to `until` (clipped to the size) are in the set. */
  hasAll(from: number, until: number): boolean {
    const end = Math.min(until, this.size);
    // Word by word, so that a long run of leaves beyond costs nothing.
    for (let at = from; at < end;) {
      const index = at >>> 5;
      const stop = Math.min(end, (index + 1) * 32);
      const mask = wordMask(at & 31, stop - index * 32);
      if (((this.#words[index] as number) & mask) >>> 0 !== mask) return false;
      at = stop;
    }
    return true;
  }

  /** Adds a range, clipped to the size; returns how many leaves were new. */
  add(from: number, until: number): number {
    return this.#fill(from, until, true);
  }

  /** Removes a range, clipped to the size; returns how many leaves went. */
  delete(from: number, until: number): number {
    return this.#fill(from, until, false);
  }

  /** The first leaf from `from` to `until` (clipped to the size) that is in the set, else `until`. */
  nextSet(from: number, until: number = this.size): number {
    return this.#next(from, until, 0);
  }

  /** The first leaf from `from` to `until` (clipped) that is not in the set, else `until`. */
  nextClear(from: number, until: number = this.size): number {
    return this.#next(from, until, 0xffffffff);
  }

  /** The maximal runs in the set, ascending, within `from` to `until`. */
  *ranges(from = 0, until: number = this.size): Generator<LeafRange> {
    const stop = Math.min(until, this.size);
    let start = this.nextSet(from, stop);
    while (start < stop) {
      const end = this.nextClear(start, stop);
      yield { from: start, until: end };
      start = this.nextSet(end, stop);
    }
  }

  #next(from: number, until: number, skip: number): number {
    const end = Math.min(until, this.size);
    if (from >= end) return end;
    const last = (end - 1) >>> 5;
    let index = from >>> 5;
    // Bits below `from` count as skipped.
    let word = ((this.#words[index] as number) ^ skip) >>> (from & 31) <<
      (from & 31);
    while (word === 0) {
      index++;
      if (index > last) return end;
      word = (this.#words[index] as number) ^ skip;
    }
    const bit = 31 - Math.clz32(word & -word);
    return Math.min(index * 32 + bit, end);
  }

  #fill(from: number, until: number, value: boolean): number {
    const end = Math.min(until, this.size);
    let changed = 0;
    for (let at = Math.max(0, from); at < end;) {
      const index = at >>> 5;
      const stop = Math.min(end, (index + 1) * 32);
      const mask = wordMask(at & 31, stop - index * 32);
      const before = this.#words[index] as number;
      const after = value ? (before | mask) >>> 0 : (before & ~mask) >>> 0;
      this.#words[index] = after;
      changed += bitCount(before ^ after);
      at = stop;
    }
    this.#count += value ? changed : -changed;
    return changed;
  }
}

/** Bits `low` (inclusive) to `high` (exclusive, up to 32) of a word. */
function wordMask(low: number, high: number): number {
  const upper = high === 32 ? 0xffffffff : (1 << high) - 1;
  return (upper & ~((1 << low) - 1)) >>> 0;
}

/** Number of set bits: Warren, Hacker's Delight, figure 5-2. */
function bitCount(word: number): number {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return (((x + (x >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}
