/**
 * The leaf layer: the leaf hashes of a file one after another, 32 bytes a leaf,
 * 0.2 % of the file. It is what a `.tree` sidecar holds and what a gateway
 * keeps; everything else of the tree follows from it. {@linkcode LeafLayerBuilder}
 * makes it while the bytes arrive, in pieces of any size, and tells the hashes
 * it has before the file has ended.
 *
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { AlluviumError } from "../errors.ts";
import { CONTENT_BYTES_MAX } from "../limits.ts";
import { HASH_BYTES, LEAF_BYTES, leafCount } from "./geometry.ts";
import { hashLeaf, subtreeRoot } from "./hash.ts";

/** A file's tree: the three that belong together. */
export interface LeafLayer {
  /** Leaf hashes, 32 bytes each, in order. */
  layer: Uint8Array;
  /** The root, 32 bytes. */
  root: Uint8Array;
  /** Bytes of the file, 1 or more. */
  length: number;
}

/**
 * The root of a whole leaf layer.
 *
 * @param layer exactly 32 bytes for each leaf of a file of `length` bytes
 * @returns 32 bytes
 * @throws {RangeError} if the layer does not fit the length, or the length no file
 */
export function rootOfLayer(layer: Uint8Array, length: number): Uint8Array {
  const wanted = leafCount(length) * HASH_BYTES;
  if (layer.length !== wanted) {
    throw new RangeError(
      `Cannot find the root: wanted a layer of ${wanted} bytes, got ${layer.length}`,
    );
  }
  return subtreeRoot(layer);
}

/**
 * Hashes a file as it arrives.
 *
 * ```ts
 * import { LeafLayerBuilder } from "./layer.ts";
 * const builder = new LeafLayerBuilder();
 * builder.write(new TextEncoder().encode("a"));
 * const { length, layer } = builder.finish();
 * console.assert(length === 1 && layer.length === 32);
 * ```
 */
export class LeafLayerBuilder {
  #layer = new Uint8Array(64 * HASH_BYTES);
  #leaves = 0;
  #length = 0;
  /** The leaf that has begun and not ended, and how many bytes it has. */
  #open: Hash | undefined;
  #openBytes = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** Whole leaves hashed so far; the last, short one counts once finished. */
  get leaves(): number {
    return this.#leaves;
  }

  /** A copy of the hashes of leaves `from` to `until`, as far as they are there. */
  hashes(from: number, until: number): Uint8Array {
    const end = Math.min(until, this.#leaves);
    return this.#layer.slice(
      from * HASH_BYTES,
      Math.max(from, end) * HASH_BYTES,
    );
  }

  /**
   * Takes the next bytes of the file; they are not kept.
   *
   * @throws {AlluviumError} `media-rejected` past `CONTENT_BYTES_MAX`
   */
  write(bytes: Uint8Array): void {
    if (this.#length + bytes.length > CONTENT_BYTES_MAX) {
      throw new AlluviumError(
        "media-rejected",
        `Cannot hash the file: wanted at most ${CONTENT_BYTES_MAX} bytes, got more`,
      );
    }
    this.#length += bytes.length;
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + LEAF_BYTES - this.#openBytes);
      this.#writePart(part);
      at += part.length;
    }
  }

  /**
   * Ends the file.
   *
   * @throws {AlluviumError} `media-rejected` if no byte was written
   */
  finish(): LeafLayer {
    const layer = this.finishLayer();
    return { layer, root: subtreeRoot(layer), length: this.#length };
  }

  /**
   * Ends the file without working out its root, for who builds the whole tree.
   *
   * @returns the leaf layer
   * @throws {AlluviumError} `media-rejected` if no byte was written
   */
  finishLayer(): Uint8Array {
    if (this.#length === 0) {
      throw new AlluviumError(
        "media-rejected",
        "Cannot hash the file: wanted 1 byte or more, got an empty file",
      );
    }
    this.#close();
    return this.#layer.slice(0, this.#leaves * HASH_BYTES);
  }

  #writePart(part: Uint8Array): void {
    const isWhole = this.#openBytes === 0 && part.length === LEAF_BYTES;
    if (isWhole) return this.#put(hashLeaf(part));
    this.#open ??= createHash("sha256");
    this.#open.update(part);
    this.#openBytes += part.length;
    if (this.#openBytes === LEAF_BYTES) this.#close();
  }

  #close(): void {
    if (this.#open === undefined) return;
    this.#put(this.#open.digest());
    this.#open = undefined;
    this.#openBytes = 0;
  }

  #put(hash: Uint8Array): void {
    const at = this.#leaves * HASH_BYTES;
    if (at === this.#layer.length) this.#grow();
    this.#layer.set(hash, at);
    this.#leaves++;
  }

  #grow(): void {
    const larger = new Uint8Array(this.#layer.length * 2);
    larger.set(this.#layer);
    this.#layer = larger;
  }
}
