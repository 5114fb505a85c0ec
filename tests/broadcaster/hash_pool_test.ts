import { assert, assertEquals } from "@std/assert";
import { HashPool } from "../../lib/broadcaster/hash_pool.ts";
import { LeafLayerBuilder } from "../../lib/hashtree/layer.ts";
import { HASH_WORKERS_MAX } from "../../lib/limits.ts";

const LEAF = 16 * 1024;

function bytes(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8));
}

function leaves(block: Uint8Array): Uint8Array {
  const builder = new LeafLayerBuilder();
  builder.write(block);
  return builder.finish().layer;
}

Deno.test("HashPool gives the same leaves from its workers as from here", async () => {
  using pool = new HashPool(2, 0);
  const sizes = [1, LEAF, LEAF + 1, 5 * LEAF - 1, 64 * LEAF];
  const wanted = sizes.map((size) => leaves(bytes(size)));
  const found = await Promise.all(sizes.map((size) => pool.hash(bytes(size))));
  assertEquals(found, wanted);
  assertEquals(pool.workers, 2);
});

Deno.test("HashPool starts no worker for little, and never more than HASH_WORKERS_MAX", async () => {
  using small = new HashPool(2, LEAF);
  assertEquals(await small.hash(bytes(LEAF)), leaves(bytes(LEAF)));
  assertEquals(small.workers, 0);
  using large = new HashPool(HASH_WORKERS_MAX + 1, 0);
  await large.hash(bytes(10));
  assertEquals(large.workers, HASH_WORKERS_MAX);
  assert(large.depth >= HASH_WORKERS_MAX);
});
