import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  HashTree,
  LEAF_BYTES,
  LeafHashes,
  LeafLayerBuilder,
} from "../../lib/hashtree/mod.ts";
import { sampleFile } from "./reference.ts";

function treeOf(file: Uint8Array) {
  const builder = new LeafLayerBuilder();
  builder.write(file);
  return builder.finish();
}

const FILE = sampleFile(10 * LEAF_BYTES + 77);
const TREE = treeOf(FILE);
const PROOFS = new HashTree(TREE.layer, TREE.length);
const OTHER = treeOf(sampleFile(10 * LEAF_BYTES + 77, 2));
const leafBytes = (leaf: number) =>
  FILE.subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES);
const run = (from: number, count: number) =>
  TREE.layer.subarray(from * 32, (from + count) * 32);

Deno.test("LeafHashes takes a proven run and verifies leaves with it", () => {
  const hashes = new LeafHashes(TREE.length, TREE.root);
  assert(hashes.addRun(4, run(4, 4), PROOFS.prove(4, 4)));
  assertEquals(hashes.known, 4);
  assert(hashes.hasRange(4, 4));
  assertFalse(hashes.hasRange(4, 5));
  assertFalse(hashes.has(3));
  assertEquals(hashes.get(5), run(5, 1));
  assert(hashes.verifyLeaf(5, leafBytes(5)));
  assertFalse(hashes.verifyLeaf(4, leafBytes(5)));
  assertFalse(hashes.verifyLeaf(3, leafBytes(3)), "hash not known");
  assertEquals(hashes.firstMissing(), 0);
  assertEquals(hashes.firstMissing(4), 8);
});

Deno.test("LeafHashes takes the clipped run at the end and checks the short leaf's size", () => {
  const hashes = new LeafHashes(TREE.length, TREE.root);
  assert(hashes.addRun(8, run(8, 3), PROOFS.prove(8, 4)));
  assert(hashes.verifyLeaf(10, leafBytes(10)));
  assertFalse(hashes.verifyLeaf(10, FILE.subarray(10 * LEAF_BYTES, -1)));
  assert(hashes.verifyRange(8, FILE.subarray(8 * LEAF_BYTES)));
  assertFalse(hashes.verifyRange(9, FILE.subarray(8 * LEAF_BYTES)));
  assertFalse(hashes.verifyRange(8, new Uint8Array()));
});

Deno.test("where the hashes of a range were computed already, they are judged", () => {
  const hashes = new LeafHashes(TREE.length, TREE.root);
  hashes.addRun(0, TREE.layer);
  const bytes = FILE.subarray(8 * LEAF_BYTES);
  assert(hashes.verifyRange(8, bytes, run(8, 3)));
  assertFalse(hashes.verifyRange(8, bytes, run(7, 3)));
  assertFalse(hashes.verifyRange(8, bytes, run(8, 2)), "one is missing");
  assertFalse(hashes.verifyRange(8, bytes.subarray(1), run(8, 3)), "size");
});

Deno.test("LeafHashes with a root takes nothing unproven", () => {
  const hashes = new LeafHashes(TREE.length, TREE.root);
  assertFalse(hashes.addRun(4, run(4, 4)));
  assertFalse(hashes.addRun(4, run(0, 4), PROOFS.prove(4, 4)));
  assertFalse(hashes.addRun(0, OTHER.layer));
  assertFalse(hashes.addRun(8, run(8, 3).slice(0, 64), PROOFS.prove(8, 4)));
  assertEquals(hashes.known, 0);
  assert(hashes.addRun(0, TREE.layer), "a whole layer proves itself");
  assert(hashes.complete);
});

Deno.test("LeafHashes while provisional takes runs as they stand, never two for one leaf", () => {
  const hashes = new LeafHashes(TREE.length);
  assert(hashes.addRun(0, run(0, 2)));
  assert(hashes.addRun(1, run(1, 3)), "again and more");
  assertFalse(hashes.addRun(3, OTHER.layer.subarray(96, 160)));
  assertEquals(hashes.known, 4);
  assertFalse(hashes.has(4), "all of a run or nothing");
  assertFalse(hashes.addRun(4, new Uint8Array(32)), "padding is no leaf");
  assertFalse(hashes.addRun(10, run(9, 2)), "past the end");
  assertFalse(hashes.addRun(-1, run(0, 1)));
  assertFalse(hashes.addRun(0.5, run(0, 1)));
  assertFalse(hashes.addRun(4, new Uint8Array(31)));
  assertFalse(hashes.addRun(4, new Uint8Array()));
});

Deno.test("rebind() proves the whole layer, and only the whole layer", () => {
  const hashes = new LeafHashes(TREE.length);
  hashes.addRun(0, run(0, 10));
  assertFalse(hashes.rebind(TREE.root), "a hash is missing");
  hashes.addRun(10, run(10, 1));
  assertFalse(hashes.rebind(OTHER.root));
  assertEquals(hashes.root, undefined);
  assert(hashes.rebind(TREE.root));
  assertEquals(hashes.root, TREE.root);
  assert(hashes.rebind(TREE.root), "twice is harmless");
  assertFalse(hashes.rebind(OTHER.root));
  assertThrows(() => hashes.rebind(new Uint8Array(31)), RangeError);
});

Deno.test("rebind() refuses a layer in which one leaf was forged", () => {
  const hashes = new LeafHashes(TREE.length);
  hashes.addRun(0, run(0, 5));
  hashes.addRun(5, OTHER.layer.subarray(160, 192));
  hashes.addRun(6, run(6, 5));
  assert(hashes.complete);
  assertFalse(hashes.rebind(TREE.root));
});

Deno.test("LeafHashes costs no memory for a length merely claimed", () => {
  const hashes = new LeafHashes(2 ** 40, TREE.root);
  assertEquals(hashes.leaves, 2 ** 26);
  assertFalse(hashes.has(2 ** 26 - 1));
  const wild = new LeafHashes(2 ** 40);
  assert(wild.addRun(2 ** 26 - 1, TREE.layer.subarray(0, 32)));
  assert(wild.has(2 ** 26 - 1));
});

Deno.test("LeafHashes gives back the layer it was fed, in any order of runs", () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...Array(11).keys()], {
        minLength: 11,
        maxLength: 11,
      }),
      (order) => {
        const hashes = new LeafHashes(TREE.length, TREE.root);
        for (const leaf of order) {
          assertEquals(hashes.layer(), undefined);
          assert(hashes.addRun(leaf, run(leaf, 1), PROOFS.prove(leaf, 1)));
        }
        assertEquals(hashes.layer(), TREE.layer);
      },
    ),
    { numRuns: 10 },
  );
});
