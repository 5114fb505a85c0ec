/**
 * What a listener has on disk, read from outside: the bytes it counts as held.
 *
 * @module
 */

import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";

/** What a cache folder holds of a file. */
export interface Cached {
  /** Leaves that count as held. */
  leaves: number;
  /** Those that differ from the file as it really is. */
  wrong: number;
}

/**
 * Compares what a cache folder says it holds with the file.
 *
 * @param folder the listener's `--cache`
 * @param bytes the file as it really is, told from others by its length
 */
export async function cachedOf(
  folder: string,
  bytes: Uint8Array,
): Promise<Cached> {
  const cached: Cached = { leaves: 0, wrong: 0 };
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(`-${bytes.length}.have`)) continue;
    const have = await Deno.readTextFile(`${folder}/${name}`);
    const stem = name.slice(0, -".have".length);
    const part = await Deno.readFile(`${folder}/${stem}.part`);
    for (const [from, until] of JSON.parse(have)) {
      for (let leaf = from; leaf < until; leaf++) {
        cached.leaves++;
        if (!sameLeaf(part, bytes, leaf)) cached.wrong++;
      }
    }
  }
  return cached;
}

function sameLeaf(a: Uint8Array, b: Uint8Array, leaf: number): boolean {
  const [one, other] = [a, b].map((bytes) =>
    bytes.subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES)
  ) as [Uint8Array, Uint8Array];
  return one.length === other.length && one.every((x, i) => x === other[i]);
}
