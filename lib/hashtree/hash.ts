/**
 * The hashes of the tree, BEP 52: a leaf is the SHA-256 of its bytes, a node the
 * SHA-256 of its two children, a leaf past the end of the file 32 zero bytes.
 * Leaves and nodes are hashed alike (no domain separation), so a root means
 * nothing without the file's length: whoever trusts one must trust both.
 *
 * Leaves are hashed by the runtime, nodes in `node_hash.ts`.
 *
 * @module
 */
import { hash as hashOnce } from "node:crypto";
import { HASH_BYTES, treeWidth } from "./geometry.ts";
import { hash64 } from "./node_hash.ts";

/** The hash of a leaf past the end of the file. Never write to it. */
export const ZERO_LEAF: Uint8Array = new Uint8Array(HASH_BYTES);

/** SHA-256 of a leaf's bytes: 32 bytes. */
export function hashLeaf(bytes: Uint8Array): Uint8Array {
  // One call into the runtime instead of three; a Buffer costs more than its digits.
  return Uint8Array.fromHex(hashOnce("sha256", bytes, "hex"));
}

/** SHA-256 of two children, 32 bytes each: 32 bytes. */
export function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  const hash = new Uint8Array(2 * HASH_BYTES);
  hash.set(left);
  hash.set(right, HASH_BYTES);
  hash64(hash, 0, hash, 0);
  return hash.subarray(0, HASH_BYTES);
}

const pads: Uint8Array[] = [ZERO_LEAF];

/**
 * The node at `level` whose leaves all lie past the end of the file; level 0 is
 * {@linkcode ZERO_LEAF}. Kept once computed. Never write to it.
 */
export function padHash(level: number): Uint8Array {
  for (let known = pads.length; known <= level; known++) {
    const below = pads[known - 1] ?? ZERO_LEAF;
    pads.push(hashNode(below, below));
  }
  return pads[level] ?? ZERO_LEAF;
}

/**
 * The level above some nodes.
 *
 * @param nodes 32 bytes each; the first has an even index. A missing right
 *   sibling of the last is padding.
 * @param level of `nodes`
 * @returns half as many nodes, rounded up
 */
export function levelAbove(nodes: Uint8Array, level: number): Uint8Array {
  const count = nodes.length / HASH_BYTES;
  const above = new Uint8Array(Math.ceil(count / 2) * HASH_BYTES);
  const pairs = Math.floor(count / 2);
  for (let pair = 0; pair < pairs; pair++) {
    hash64(nodes, pair * 2 * HASH_BYTES, above, pair * HASH_BYTES);
  }
  if (count % 2 === 1) {
    const last = nodes.subarray((count - 1) * HASH_BYTES);
    above.set(hashNode(last, padHash(level)), pairs * HASH_BYTES);
  }
  return above;
}

/**
 * The node that covers `size` leaf places, of which `leaves` are there.
 *
 * @param leaves 32 bytes each, at least one, at most `size`
 * @param size a power of two; the rest is padding
 */
export function subtreeRoot(
  leaves: Uint8Array,
  size: number = treeWidth(leaves.length / HASH_BYTES),
): Uint8Array {
  let nodes = leaves;
  const levels = Math.log2(size);
  for (let level = 0; level < levels; level++) {
    nodes = levelAbove(nodes, level);
  }
  return nodes.slice(0, HASH_BYTES);
}

/** Whether two hashes are the same bytes. Not secret, so not in constant time. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}

/** Whether the hash at an offset is all zeros. */
export function isZero(hashes: Uint8Array, offset = 0): boolean {
  // A hash is known by its first byte, so this is mostly one step.
  for (let i = offset; i < offset + HASH_BYTES; i++) {
    if (hashes[i] !== 0) return false;
  }
  return true;
}
