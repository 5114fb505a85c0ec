/**
 * The hash tree as BEP 52 words it, recursive and slow: the oracle of the
 * property tests. Shares no code with lib/hashtree.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** SHA-256 of the parts one after another. */
export function sha256(...parts: Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** The node over leaf places `from` to `from + size`. */
export function referenceNode(
  file: Uint8Array,
  from: number,
  size: number,
): Uint8Array {
  if (size === 1) {
    const leaf = file.subarray(from * 16384, (from + 1) * 16384);
    return leaf.length === 0 ? new Uint8Array(32) : sha256(leaf);
  }
  return sha256(
    referenceNode(file, from, size / 2),
    referenceNode(file, from + size / 2, size / 2),
  );
}

/** Leaf places of the whole tree. */
export function referenceWidth(file: Uint8Array): number {
  let width = 1;
  while (width * 16384 < file.length) width *= 2;
  return width;
}

/** The root. */
export function referenceRoot(file: Uint8Array): Uint8Array {
  return referenceNode(file, 0, referenceWidth(file));
}

/** The uncles of an aligned run, from the bottom up. */
export function referenceUncles(
  file: Uint8Array,
  from: number,
  count: number,
): Uint8Array[] {
  if (count === referenceWidth(file)) return [];
  const parent = from - from % (2 * count);
  const sibling = parent === from ? from + count : parent;
  return [
    referenceNode(file, sibling, count),
    ...referenceUncles(file, parent, 2 * count),
  ];
}

/** A file of `length` bytes that depends on `seed`. */
export function sampleFile(length: number, seed = 1): Uint8Array {
  const file = new Uint8Array(length);
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    file[i] = state >>> 24;
  }
  return file;
}
