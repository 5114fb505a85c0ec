/**
 * Trees built between other work. The tree of a film takes seconds; a gateway
 * that did nothing else meanwhile would be stopped by anyone who names a large
 * `.tree`.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { HashTree } from "../hashtree/mod.ts";

/**
 * Builds a tree; others get their turn every few milliseconds.
 *
 * @param layer 32 bytes for each leaf; kept, not copied
 * @param length bytes of the file
 * @param signal ends it
 * @throws {RangeError} if the layer does not fit the length
 * @throws the signal's reason when it aborts
 */
export async function growTree(
  layer: Uint8Array,
  length: number,
  clock: Clock,
  signal?: AbortSignal,
): Promise<HashTree> {
  return await HashTree.grow(layer, length, async () => {
    await new Promise<void>((resolve) => clock.timer(0, resolve));
    signal?.throwIfAborted();
  });
}
