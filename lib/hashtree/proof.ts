/**
 * Proofs that a run of leaf hashes belongs to a root. A run is aligned: its size
 * is a power of two, its start a multiple of it; at the end of the file it is
 * clipped, and what is missing is padding. The proof is the run's uncles from
 * the bottom up. Nothing in a proof says how large the run is: the number of
 * uncles does, together with the length, so there is one shape only that fits.
 *
 * What lies wholly past the end of the file must be exactly the padding, and
 * what does not must not be zero: no proof says the same thing in two ways.
 *
 * @module
 */
import {
  clipRun,
  HASH_BYTES,
  isPadding,
  LEAF_BYTES,
  leafCount,
  type NodePlace,
  type Run,
  treeDepth,
  unclesOf,
} from "./geometry.ts";
import { hashNode, isZero, padHash, sameHash, subtreeRoot } from "./hash.ts";
import { HashTree } from "./tree.ts";

/**
 * The uncles that prove leaves `from` to `from + count`. Hashes the whole layer;
 * to prove many runs keep a {@linkcode HashTree}.
 *
 * @param layer the whole leaf layer, 32 bytes a leaf
 * @param from a multiple of `count`
 * @param count a power of two; may reach past the end of the file, not of the tree
 * @returns 32 bytes an uncle, from the bottom up
 * @throws {RangeError} if the run is not aligned or reaches past the tree
 */
export function prove(
  layer: Uint8Array,
  from: number,
  count: number,
): Uint8Array {
  // Any length with this number of leaves has this tree.
  const length = layer.length / HASH_BYTES * LEAF_BYTES;
  return new HashTree(layer, length).prove(from, count);
}

/**
 * Whether a run of leaf hashes belongs to a root. False for anything malformed:
 * what came from a stranger never throws.
 *
 * @param root 32 bytes, trusted
 * @param length bytes of the file, trusted, 1 to `CONTENT_BYTES_MAX`
 * @param from first leaf
 * @param leaves hashes of the run, 32 bytes each, clipped at the end of the file
 * @param uncles as {@linkcode prove} gives them
 */
export function verifyRun(
  root: Uint8Array,
  length: number,
  from: number,
  leaves: Uint8Array,
  uncles: Uint8Array,
): boolean {
  const total = leafCount(length);
  const run = runOfProof(total, from, leaves, uncles);
  if (run === undefined) return false;
  for (let at = 0; at < leaves.length; at += HASH_BYTES) {
    if (isZero(leaves, at)) return false;
  }
  let node = subtreeRoot(leaves, run.count);
  let at = 0;
  for (const place of unclesOf(run, total)) {
    const uncle = uncles.subarray(at, at += HASH_BYTES);
    if (!isPossible(uncle, place, total)) return false;
    node = place.index % 2 === 1
      ? hashNode(node, uncle)
      : hashNode(uncle, node);
  }
  return sameHash(node, root);
}

/** The one aligned run that leaves and uncles of these sizes can mean. */
function runOfProof(
  total: number,
  from: number,
  leaves: Uint8Array,
  uncles: Uint8Array,
): Run | undefined {
  const levels = treeDepth(total) - uncles.length / HASH_BYTES;
  if (!Number.isInteger(levels) || levels < 0) return undefined;
  const run = { from, count: 2 ** levels };
  if (!Number.isSafeInteger(from) || from < 0 || from >= total) {
    return undefined;
  }
  if (from % run.count !== 0) return undefined;
  const there = clipRun(run, total).count;
  return leaves.length === there * HASH_BYTES ? run : undefined;
}

function isPossible(
  uncle: Uint8Array,
  place: NodePlace,
  total: number,
): boolean {
  return isPadding(place, total)
    ? sameHash(uncle, padHash(place.level))
    : !isZero(uncle);
}
