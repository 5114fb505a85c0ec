/**
 * The leaf hashes a receiver trusts, for one content: nothing is stored, played
 * or passed on before it agreed with one of these. Two kinds:
 *
 * - **bound**: the root is known, every run is proven against it;
 * - **provisional**: no root yet, the gateway is believed; once the root arrives
 *   {@linkcode LeafHashes.rebind} proves the whole layer, or everything that was
 *   received under it must be thrown away.
 *
 * A hash once taken is never replaced. Memory grows with the hashes taken, not
 * with the length a stranger claims.
 *
 * @module
 */
import { HASH_BYTES, LEAF_BYTES, leafCount, leafLength } from "./geometry.ts";
import { hashLeaf, isZero, sameHash } from "./hash.ts";
import { rootOfLayer } from "./layer.ts";
import { verifyRun } from "./proof.ts";

/** Leaves per page of the store: 32 KiB of hashes. */
const PAGE_LEAVES = 1024;

/** The trusted leaf hashes of one content. */
export class LeafHashes {
  /** Leaves of the file. */
  readonly leaves: number;
  /** Leaves whose hash is known. */
  known = 0;
  #root: Uint8Array | undefined;
  readonly #pages = new Map<number, Uint8Array>();

  /**
   * Nothing is known yet but the root.
   *
   * @param length bytes of the file
   * @param root 32 bytes, trusted; absent for a provisional content
   * @throws {RangeError} if the length is that of no file or the root not 32 bytes
   */
  constructor(readonly length: number, root?: Uint8Array) {
    this.leaves = leafCount(length);
    if (root !== undefined) this.#root = checkedRoot(root);
  }

  /** The root, once it is known. */
  get root(): Uint8Array | undefined {
    return this.#root;
  }

  /** Whether every leaf's hash is known. */
  get complete(): boolean {
    return this.known === this.leaves;
  }

  /** Whether leaf `leaf`'s hash is known. */
  has(leaf: number): boolean {
    return this.complete ? this.#isOurs(leaf) : this.get(leaf) !== undefined;
  }

  /** Whether the hashes of leaves `from` to `from + count` are all known; past the end is not. */
  hasRange(from: number, count: number): boolean {
    if (this.complete) return this.#isOurs(from) && from + count <= this.leaves;
    for (let leaf = from; leaf < from + count; leaf++) {
      if (!this.has(leaf)) return false;
    }
    return true;
  }

  /** The hash of a leaf, 32 bytes (a view: never write to it), if it is known. */
  get(leaf: number): Uint8Array | undefined {
    const page = this.#pages.get(Math.floor(leaf / PAGE_LEAVES));
    if (page === undefined || leaf < 0) return undefined;
    const at = (leaf % PAGE_LEAVES) * HASH_BYTES;
    const hash = page.subarray(at, at + HASH_BYTES);
    // No real leaf hashes to zero, and add() lets no zero in.
    return hash.length === HASH_BYTES && !isZero(hash) ? hash : undefined;
  }

  /**
   * Takes a run if it can be trusted: proven against the root where that is
   * known (a whole layer needs no uncles), as it stands while provisional. Takes
   * all of it or nothing.
   *
   * @param leaves hashes from leaf `from` on, 32 bytes each
   * @param uncles as `prove` gives them; ignored while provisional
   * @returns false if it is malformed, not proven, or speaks against a hash
   *   already taken
   */
  addRun(
    from: number,
    leaves: Uint8Array,
    uncles: Uint8Array = new Uint8Array(),
  ): boolean {
    if (!this.#fits(from, leaves)) return false;
    const proven = this.#root === undefined ||
      verifyRun(this.#root, this.length, from, leaves, uncles);
    if (!proven || this.#contradicts(from, leaves)) return false;
    this.#add(from, leaves);
    return true;
  }

  /**
   * Whether `bytes` are leaf `leaf`. False also where the hash is not known or the size is wrong.
   *
   * @param computed their SHA-256, if that was computed already
   */
  verifyLeaf(
    leaf: number,
    bytes: Uint8Array,
    computed?: Uint8Array,
  ): boolean {
    const hash = this.get(leaf);
    return hash !== undefined &&
      bytes.length === leafLength(this.length, leaf) &&
      sameHash(computed ?? hashLeaf(bytes), hash);
  }

  /**
   * Whether `bytes` are whole leaves from leaf `from` on, the file's last one short; one at least.
   *
   * @param computed SHA-256 of each, 32 bytes a leaf, if that was computed already
   */
  verifyRange(
    from: number,
    bytes: Uint8Array,
    computed?: Uint8Array,
  ): boolean {
    if (bytes.length === 0) return false;
    for (let at = 0; at < bytes.length; at += LEAF_BYTES) {
      const leaf = bytes.subarray(at, at + LEAF_BYTES);
      const number = at / LEAF_BYTES;
      const hash = computed
        ?.subarray(number * HASH_BYTES, (number + 1) * HASH_BYTES);
      if (!this.verifyLeaf(from + number, leaf, hash)) return false;
    }
    return true;
  }

  /**
   * Binds a provisional content to its root: proves the whole layer.
   *
   * @param root 32 bytes
   * @returns false, and nothing changes, if leaf hashes are missing or do not
   *   give that root; what was received under them is then not to be trusted
   * @throws {RangeError} if the root is not 32 bytes
   */
  rebind(root: Uint8Array): boolean {
    checkedRoot(root);
    if (this.#root !== undefined) return sameHash(this.#root, root);
    const layer = this.layer();
    if (layer === undefined) return false;
    if (!sameHash(rootOfLayer(layer, this.length), root)) return false;
    this.#root = checkedRoot(root);
    return true;
  }

  /** A copy of the whole layer, 32 bytes a leaf; undefined while hashes are missing. */
  layer(): Uint8Array | undefined {
    if (!this.complete) return undefined;
    const layer = new Uint8Array(this.leaves * HASH_BYTES);
    for (const [page, hashes] of this.#pages) {
      layer.set(hashes, page * PAGE_LEAVES * HASH_BYTES);
    }
    return layer;
  }

  /** The first leaf from `leaf` on whose hash is not known; `leaves` if there is none. */
  firstMissing(leaf = 0): number {
    while (leaf < this.leaves && this.has(leaf)) leaf++;
    return leaf;
  }

  #fits(from: number, leaves: Uint8Array): boolean {
    const count = leaves.length / HASH_BYTES;
    if (!Number.isSafeInteger(from) || from < 0) return false;
    if (!Number.isInteger(count) || count < 1) return false;
    if (from + count > this.leaves) return false;
    for (let at = 0; at < leaves.length; at += HASH_BYTES) {
      if (isZero(leaves, at)) return false;
    }
    return true;
  }

  #contradicts(from: number, leaves: Uint8Array): boolean {
    if (this.known === 0) return false;
    for (let at = 0; at < leaves.length; at += HASH_BYTES) {
      const known = this.get(from + at / HASH_BYTES);
      if (known === undefined) continue;
      if (!sameHash(known, leaves.subarray(at, at + HASH_BYTES))) return true;
    }
    return false;
  }

  /** Page by page; what is known already is the same. */
  #add(from: number, hashes: Uint8Array): void {
    const end = from + hashes.length / HASH_BYTES;
    for (let leaf = from; leaf < end;) {
      const index = Math.floor(leaf / PAGE_LEAVES);
      const stop = Math.min(end, (index + 1) * PAGE_LEAVES);
      const page = this.#page(index);
      const at = (leaf % PAGE_LEAVES) * HASH_BYTES;
      const part = hashes.subarray(
        (leaf - from) * HASH_BYTES,
        (stop - from) * HASH_BYTES,
      );
      for (let i = 0; i < part.length; i += HASH_BYTES) {
        if (isZero(page, at + i)) this.known++;
      }
      page.set(part, at);
      leaf = stop;
    }
  }

  #page(index: number): Uint8Array {
    let page = this.#pages.get(index);
    if (page === undefined) {
      const rest = this.leaves - index * PAGE_LEAVES;
      page = new Uint8Array(Math.min(PAGE_LEAVES, rest) * HASH_BYTES);
      this.#pages.set(index, page);
    }
    return page;
  }

  #isOurs(leaf: number): boolean {
    return leaf >= 0 && leaf < this.leaves;
  }
}

function checkedRoot(root: Uint8Array): Uint8Array {
  if (root.length === HASH_BYTES) return root.slice();
  throw new RangeError(
    `Cannot use a root: wanted ${HASH_BYTES} bytes, got ${root.length}`,
  );
}
