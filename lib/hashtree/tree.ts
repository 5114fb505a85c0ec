/**
 * A whole tree, every level kept: for whoever proves runs again and again, as a
 * gateway does. Built once from a leaf layer (one hash per leaf), then a proof
 * costs no hashing at all. Takes 64 bytes a leaf.
 *
 * A film of 8 GiB has half a million leaves, whose tree takes seconds: who has
 * others to answer meanwhile builds it by {@linkcode HashTree.grow}.
 *
 * @module
 */
import {
  HASH_BYTES,
  isPadding,
  leafCount,
  type NodePlace,
  treeDepth,
  unclesOf,
} from "./geometry.ts";
import { levelAbove, padHash } from "./hash.ts";

/** Children hashed between two pauses: about 4 ms of work. */
const SLICE_BYTES = 2048 * HASH_BYTES;

/** The levels of one file's tree. Immutable. */
export class HashTree {
  /** Leaves of the file. */
  readonly leaves: number;
  readonly #levels: Uint8Array[];

  /**
   * Builds all levels.
   *
   * @param layer 32 bytes for each leaf of a file of `length` bytes; kept, not copied
   * @param length bytes of the file
   * @param levels the layer and all above it, where they are built already
   * @throws {RangeError} if the layer does not fit the length
   */
  constructor(
    layer: Uint8Array,
    readonly length: number,
    levels?: Uint8Array[],
  ) {
    this.leaves = checkedLeaves(layer, length);
    this.#levels = levels ?? atOnce(levelsOf(layer, this.leaves));
  }

  /**
   * Builds all levels a slice at a time.
   *
   * @param layer as for the constructor
   * @param pause called between two slices
   * @throws {RangeError} if the layer does not fit the length
   * @throws whatever `pause` rejects with
   */
  static async grow(
    layer: Uint8Array,
    length: number,
    pause: () => Promise<void>,
  ): Promise<HashTree> {
    const slices = levelsOf(layer, checkedLeaves(layer, length));
    for (;;) {
      const step = slices.next();
      if (step.done) return new HashTree(layer, length, step.value);
      await pause();
    }
  }

  /** The leaf layer. */
  get layer(): Uint8Array {
    return this.#levels[0] ?? new Uint8Array();
  }

  /** The root, 32 bytes. */
  get root(): Uint8Array {
    return this.node({ level: this.#levels.length - 1, index: 0 });
  }

  /** One node, 32 bytes; past the end of the file its padding. */
  node(place: NodePlace): Uint8Array {
    if (isPadding(place, this.leaves)) return padHash(place.level);
    const at = place.index * HASH_BYTES;
    return (this.#levels[place.level] ?? new Uint8Array())
      .subarray(at, at + HASH_BYTES);
  }

  /**
   * The uncles of an aligned run, from the bottom up, 32 bytes each.
   *
   * @throws {RangeError} if the run is not aligned or reaches past the tree
   */
  prove(from: number, count: number): Uint8Array {
    const places = unclesOf({ from, count }, this.leaves);
    const uncles = new Uint8Array(places.length * HASH_BYTES);
    places.forEach((place, i) => uncles.set(this.node(place), i * HASH_BYTES));
    return uncles;
  }
}

function checkedLeaves(layer: Uint8Array, length: number): number {
  const leaves = leafCount(length);
  if (layer.length === leaves * HASH_BYTES) return leaves;
  throw new RangeError(
    `Cannot build a tree: wanted a layer of ${
      leaves * HASH_BYTES
    } bytes, got ${layer.length}`,
  );
}

/** All levels from the layer up; stops between slices. */
function* levelsOf(
  layer: Uint8Array,
  leaves: number,
): Generator<void, Uint8Array[]> {
  const levels = [layer];
  let nodes = layer;
  for (let level = 0; level < treeDepth(leaves); level++) {
    const count = Math.ceil(nodes.length / HASH_BYTES / 2);
    const above = new Uint8Array(count * HASH_BYTES);
    for (let at = 0; at < nodes.length; at += SLICE_BYTES) {
      if (at > 0) yield;
      const slice = nodes.subarray(at, at + SLICE_BYTES);
      above.set(levelAbove(slice, level), at / 2);
    }
    levels.push(nodes = above);
  }
  return levels;
}

function atOnce<T>(slices: Generator<void, T>): T {
  for (;;) {
    const step = slices.next();
    if (step.done) return step.value;
  }
}
