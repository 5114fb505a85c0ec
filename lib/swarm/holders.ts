/**
 * Who announced what of one content. What is asked most often is which of the
 * links hold one leaf: so the links of a leaf lie side by side, a bit each, and
 * the answer is one look into memory instead of one for each link. With a
 * thousand engines in one process that is most of what an engine costs.
 *
 * @module
 */
import type { LeafRange } from "./leaf_set.ts";

/** Links in a word. */
const WORD_BITS = 32;

/** Bits by leaf and link. */
export class Holders<Link> {
  /** For each leaf, how many links announced it. */
  readonly availability: Uint16Array;
  /** The bit of each link. */
  readonly #bits = new Map<Link, number>();
  readonly #free: number[] = [];
  readonly #counts: number[] = [];
  /** Words of a leaf. */
  #width = 1;
  #words: Uint32Array;

  /**
   * Nobody yet.
   *
   * @param leaves of the content, from 1
   */
  constructor(readonly leaves: number) {
    this.availability = new Uint16Array(leaves);
    this.#words = new Uint32Array(leaves);
  }

  /** Whether a link announced anything. */
  has(link: Link): boolean {
    return this.#bits.has(link);
  }

  /** How many leaves a link announced. */
  count(link: Link): number {
    const bit = this.#bits.get(link);
    return bit === undefined ? 0 : this.#counts[bit]!;
  }

  /** Whether a link announced all of `from` to `until` (clipped to the content); false while it announced nothing. */
  holdsAll(link: Link, from: number, until: number): boolean {
    const bit = this.#bits.get(link);
    if (bit === undefined) return false;
    const end = Math.min(until, this.leaves);
    for (let leaf = from; leaf < end; leaf++) {
      if (!this.#isSet(leaf, bit)) return false;
    }
    return true;
  }

  /** A link announced leaves, clipped to the content; returns how many it had not. */
  add(link: Link, from: number, until: number): number {
    const bit = this.#bits.get(link) ?? this.#take(link);
    const end = Math.min(until, this.leaves);
    const mask = 1 << bit % WORD_BITS;
    const before = this.#counts[bit]!;
    for (let leaf = from; leaf < end; leaf++) {
      if (this.#isSet(leaf, bit)) continue;
      this.#words[this.#wordOf(leaf, bit)]! |= mask;
      this.availability[leaf]!++;
      this.#counts[bit]!++;
    }
    return this.#counts[bit]! - before;
  }

  /** Forgets what a link announced. */
  delete(link: Link): void {
    const bit = this.#bits.get(link);
    if (bit === undefined) return;
    const mask = 1 << bit % WORD_BITS;
    for (let leaf = 0; leaf < this.leaves; leaf++) {
      if (!this.#isSet(leaf, bit)) continue;
      this.#words[this.#wordOf(leaf, bit)]! &= ~mask;
      this.availability[leaf]!--;
    }
    this.#bits.delete(link);
    this.#free.push(bit);
  }

  /** The maximal runs that a link announced, ascending. */
  *ranges(link: Link): Generator<LeafRange> {
    let from = 0;
    for (let leaf = 0; leaf <= this.leaves; leaf++) {
      if (leaf < this.leaves && this.holdsAll(link, leaf, leaf + 1)) continue;
      if (from < leaf) yield { from, until: leaf };
      from = leaf + 1;
    }
  }

  #isSet(leaf: number, bit: number): boolean {
    const word = this.#words[this.#wordOf(leaf, bit)] as number;
    return (word >>> bit % WORD_BITS & 1) === 1;
  }

  #wordOf(leaf: number, bit: number): number {
    return leaf * this.#width + Math.floor(bit / WORD_BITS);
  }

  #take(link: Link): number {
    const bit = this.#free.pop() ?? this.#bits.size;
    if (bit >= this.#width * WORD_BITS) this.#widen();
    this.#bits.set(link, bit);
    this.#counts[bit] = 0;
    return bit;
  }

  #widen(): void {
    const [old, width] = [this.#words, this.#width];
    this.#width = width + 1;
    this.#words = new Uint32Array(this.leaves * this.#width);
    for (let leaf = 0; leaf < this.leaves; leaf++) {
      const from = leaf * width;
      this.#words.set(old.subarray(from, from + width), leaf * this.#width);
    }
  }
}
