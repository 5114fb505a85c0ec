/**
 * Where things stand in the hash tree of a file: index arithmetic only, nothing
 * is hashed and nothing allocated beyond small lists. A tree of five leaves:
 *
 * ```text
 * level 3                    root
 * level 2          0                     1
 * level 1      0       1           2          (3)
 * level 0    0   1   2   3       4  (5)     (6)  (7)
 * ```
 *
 * Nodes in brackets lie past the end of the file. Level 0 is the leaves; a node
 * is named by its level and its index from the left. Leaves are BEP 52's 16 KiB
 * blocks. This file promises that every run it names is aligned: its size is a
 * power of two and its start a multiple of that size.
 *
 * @module
 */
import { CONTENT_BYTES_MAX } from "../limits.ts";

/** Bytes of a leaf, the last one of a file excepted. BEP 52. */
export const LEAF_BYTES = 16384;

/** Bytes of one hash: SHA-256. */
export const HASH_BYTES = 32;

/** A node of the tree: level 0 is the leaves, `index` counts from the left. */
export interface NodePlace {
  /** 0 for the leaves. */
  level: number;
  /** From the left, from 0. */
  index: number;
}

/** Some neighbouring leaves. */
export interface Run {
  /** First leaf, from 0. */
  from: number;
  /** How many leaves. */
  count: number;
}

/**
 * How many leaves a file has.
 *
 * @param length bytes of the file, 1 to {@linkcode CONTENT_BYTES_MAX}
 * @throws {RangeError} outside that range, so an empty file has no tree
 */
export function leafCount(length: number): number {
  if (!Number.isSafeInteger(length) || length < 1) {
    throw new RangeError(
      `Cannot count leaves: wanted a length of 1 byte or more, got ${length}`,
    );
  }
  if (length > CONTENT_BYTES_MAX) {
    throw new RangeError(
      `Cannot count leaves: wanted at most ${CONTENT_BYTES_MAX} bytes, got ${length}`,
    );
  }
  return Math.ceil(length / LEAF_BYTES);
}

/** Bytes of leaf `leaf` of a file of `length` bytes; 0 past the end. */
export function leafLength(length: number, leaf: number): number {
  return Math.max(0, Math.min(LEAF_BYTES, length - leaf * LEAF_BYTES));
}

/** Whether `n` is a power of two, 1 included. */
export function isPowerOfTwo(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 1 && Number.isInteger(Math.log2(n));
}

/** The smallest power of two that is `n` or more; 1 for anything below 1. */
export function powerOfTwoFrom(n: number): number {
  let power = 1;
  while (power < n) power *= 2;
  return power;
}

/** Leaves of the tree with its padding: the power of two from `leaves` on. */
export function treeWidth(leaves: number): number {
  return powerOfTwoFrom(leaves);
}

/** Levels between the leaves and the root: 0 for a tree of one leaf. */
export function treeDepth(leaves: number): number {
  return Math.log2(treeWidth(leaves));
}

/** Whether `count` is a power of two and `from` a multiple of it. */
export function isAlignedRun(from: number, count: number): boolean {
  return isPowerOfTwo(count) && Number.isSafeInteger(from) && from >= 0 &&
    from % count === 0;
}

/** The smallest aligned run that holds leaves `from` to `from + count`, `count` ≥ 1. */
export function alignRun(from: number, count: number): Run {
  let size = powerOfTwoFrom(count);
  while (Math.floor(from / size) !== Math.floor((from + count - 1) / size)) {
    size *= 2;
  }
  return { from: Math.floor(from / size) * size, count: size };
}

/** The part of a run that lies in a file of `leaves` leaves; `count` 0 if none does. */
export function clipRun(run: Run, leaves: number): Run {
  const count = Math.max(0, Math.min(run.count, leaves - run.from));
  return { from: run.from, count };
}

/** The bytes `[start, end)` that leaves `from` to `from + count` cover in a file of `length`. */
export function runBytes(
  length: number,
  from: number,
  count: number,
): { start: number; end: number } {
  const start = Math.min(length, from * LEAF_BYTES);
  return { start, end: Math.min(length, (from + count) * LEAF_BYTES) };
}

/** Leaves of the chunk that `leaf` belongs to, not clipped: aligned to `chunk` leaves. */
export function chunkOf(leaf: number, chunk: number): Run {
  return { from: leaf - leaf % chunk, count: chunk };
}

/**
 * Leaves in a chunk, the unit of request and blame (design, section 5): 1 leaf
 * up to 1 Mbit/s and 4 above, because a chunk must be short to play and to
 * forward; without a duration the power of two from `length` / 1024 on, between
 * 4 leaves (64 KiB) and 64 (1 MiB).
 *
 * @param length bytes of the file
 * @param durationMs playing time as the playlist states it; 0 or absent: unknown
 */
export function chunkLeaves(length: number, durationMs = 0): number {
  if (durationMs > 0) {
    return length * 8 * 1000 / durationMs <= 1_000_000 ? 1 : 4;
  }
  const leaves = powerOfTwoFrom(length / 1024 / LEAF_BYTES);
  return Math.min(64, Math.max(4, leaves));
}

/**
 * The nodes that, with an aligned run of leaves, give the root: the sibling of
 * the run's own node, then of each node above it. Order of every proof here:
 * from the bottom up. Empty when the run is the whole tree.
 *
 * @param run aligned; its size at most `treeWidth(leaves)`
 * @param leaves of the file
 * @throws {RangeError} if the run is not aligned or reaches past the tree
 */
export function unclesOf(run: Run, leaves: number): NodePlace[] {
  const width = treeWidth(leaves);
  if (!isAlignedRun(run.from, run.count) || run.from + run.count > width) {
    throw new RangeError(
      `Cannot place a run: wanted an aligned run within ${width} leaves, ` +
        `got ${run.count} from ${run.from}`,
    );
  }
  const uncles: NodePlace[] = [];
  let index = run.from / run.count;
  for (let level = Math.log2(run.count); 2 ** level < width; level++) {
    uncles.push({ level, index: index % 2 === 0 ? index + 1 : index - 1 });
    index = Math.floor(index / 2);
  }
  return uncles;
}

/** Whether a node lies wholly past the end of a file of `leaves` leaves. */
export function isPadding(place: NodePlace, leaves: number): boolean {
  return place.index * 2 ** place.level >= leaves;
}
