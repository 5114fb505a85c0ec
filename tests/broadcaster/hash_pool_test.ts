import { assertEquals, assertRejects } from "@std/assert";
import { HashPool } from "../../lib/broadcaster/hash_pool.ts";
import { LeafLayerBuilder } from "../../lib/hashtree/layer.ts";
import { AlluviumError } from "../../lib/errors.ts";
import { HASH_WORKERS_MAX } from "../../lib/limits.ts";
import { tempFolder } from "../support/temp.ts";

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
  await using folder = await tempFolder();
  const sizes = [1, LEAF, LEAF + 1, 5 * LEAF - 1, 64 * LEAF, 131 * LEAF + 5];
  for (const workers of [0, 2]) {
    using pool = new HashPool(workers, 0);
    const found = await Promise.all(sizes.map(async (size) => {
      const path = await folder.write(`${size}`, bytes(size));
      return await pool.hash(path, size);
    }));
    assertEquals(found, sizes.map((size) => leaves(bytes(size))));
    assertEquals(pool.workers, workers);
  }
});

Deno.test("HashPool tells of a file that is gone or shorter than it was", async () => {
  await using folder = await tempFolder();
  const short = await folder.write("short", bytes(5));
  for (const workers of [0, 1]) {
    using pool = new HashPool(workers, 0);
    for (const path of [short, folder.file("gone")]) {
      const error = await assertRejects(
        () => pool.hash(path, LEAF),
        AlluviumError,
      );
      assertEquals([error.code, error.place.file], ["storage", path]);
    }
    assertEquals(await pool.hash(short, 5), leaves(bytes(5)));
  }
});

Deno.test("HashPool starts no worker for little, and never more than HASH_WORKERS_MAX", async () => {
  await using folder = await tempFolder();
  const path = await folder.write("file", bytes(LEAF));
  using small = new HashPool(2, LEAF);
  assertEquals(await small.hash(path, LEAF), leaves(bytes(LEAF)));
  assertEquals(small.workers, 0);
  using large = new HashPool(HASH_WORKERS_MAX + 1, 0);
  await large.hash(path, 10);
  assertEquals(large.workers, HASH_WORKERS_MAX);
});
