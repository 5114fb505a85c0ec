/**
 * A whole tree, every level kept: for whoever proves runs again and again, as a
 * gateway does. Built once from a leaf layer (one hash per leaf), then a proof
 * costs no hashing at all. Takes 64 bytes a leaf.
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
   * @throws {RangeError} if the layer does not fit the length
   */
  constructor(layer: Uint8Array, readonly length: number) {
    this.leaves = leafCount(length);
    if (layer.length !== this.leaves * HASH_BYTES) {
      throw new RangeError(
        `Cannot build a tree: wanted a layer of ${
          this.leaves * HASH_BYTES
        } bytes, got ${layer.length}`,
      );
    }
    this.#levels = [layer];
    let nodes = layer;
    for (let level = 0; level < treeDepth(this.leaves); level++) {
      this.#levels.push(nodes = levelAbove(nodes, level));
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
