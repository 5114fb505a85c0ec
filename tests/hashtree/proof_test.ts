import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  HashTree,
  LEAF_BYTES,
  LeafLayerBuilder,
  prove,
  verifyRun,
} from "../../lib/hashtree/mod.ts";
import {
  referenceRoot,
  referenceUncles,
  referenceWidth,
  sampleFile,
} from "./reference.ts";

function treeOf(file: Uint8Array) {
  const builder = new LeafLayerBuilder();
  builder.write(file);
  return builder.finish();
}

function concat(parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A file and an aligned run that begins within it. */
const fileAndRun = fc.record({
  length: fc.integer({ min: 1, max: 21 * LEAF_BYTES }),
  level: fc.nat(5),
  place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
}).map(({ length, level, place }) => {
  const file = sampleFile(length, length);
  const count = Math.min(2 ** level, referenceWidth(file));
  const leaves = Math.ceil(length / LEAF_BYTES);
  const from = Math.floor(place * Math.ceil(leaves / count)) * count;
  return { file, length, from, count };
});

Deno.test("prove() gives the reference's uncles and verifyRun() accepts them", () => {
  fc.assert(
    fc.property(fileAndRun, ({ file, length, from, count }) => {
      const { layer, root } = treeOf(file);
      const uncles = prove(layer, from, count);
      assertEquals(uncles, concat(referenceUncles(file, from, count)));
      const leaves = layer.subarray(from * 32, (from + count) * 32);
      assert(verifyRun(referenceRoot(file), length, from, leaves, uncles));
      assert(verifyRun(root, length, from, leaves, uncles));
    }),
    { numRuns: 80 },
  );
});

Deno.test("verifyRun() refuses a proof with any bit of run, uncles or root altered", () => {
  fc.assert(
    fc.property(
      fileAndRun,
      fc.nat(),
      fc.nat(7),
      ({ file, length, from, count }, where, bit) => {
        const { layer, root } = treeOf(file);
        const uncles = prove(layer, from, count);
        const leaves = layer.slice(from * 32, (from + count) * 32);
        const parts = [leaves, uncles, root.slice()];
        let at = where % (leaves.length + uncles.length + 32);
        for (const part of parts) {
          if (at < part.length) {
            part[at] = (part[at] ?? 0) ^ (1 << bit);
            break;
          }
          at -= part.length;
        }
        assertFalse(
          verifyRun(parts[2] ?? root, length, from, leaves, uncles),
        );
      },
    ),
    { numRuns: 80 },
  );
});

Deno.test("verifyRun() refuses another length of another shape", () => {
  const { layer, root } = treeOf(sampleFile(5 * LEAF_BYTES));
  const uncles = prove(layer, 4, 4);
  const leaves = layer.subarray(4 * 32);
  assert(verifyRun(root, 5 * LEAF_BYTES, 4, leaves, uncles));
  for (const leafs of [1, 4, 6, 7, 8, 9, 16]) {
    assertFalse(verifyRun(root, leafs * LEAF_BYTES, 4, leaves, uncles));
  }
});

Deno.test("verifyRun() refuses padding passed off as leaves", () => {
  // Five leaves and three zero leaves have the root of the same file: only the
  // length tells that the zero ones are not there.
  const { layer, root } = treeOf(sampleFile(5 * LEAF_BYTES));
  const padded = new Uint8Array(8 * 32);
  padded.set(layer);
  assertFalse(
    verifyRun(root, 8 * LEAF_BYTES, 0, padded, new Uint8Array()),
  );
  assertFalse(
    verifyRun(root, 5 * LEAF_BYTES, 0, padded, new Uint8Array()),
  );
});

Deno.test("verifyRun() refuses zero uncles that are not padding", () => {
  const { layer, root } = treeOf(sampleFile(4 * LEAF_BYTES));
  assertFalse(
    verifyRun(
      root,
      4 * LEAF_BYTES,
      0,
      layer.subarray(0, 32),
      new Uint8Array(64),
    ),
  );
});

Deno.test("verifyRun() refuses swapped uncles and swapped halves of a run", () => {
  const { layer, root } = treeOf(sampleFile(8 * LEAF_BYTES));
  const uncles = prove(layer, 2, 2);
  const leaves = layer.subarray(64, 128);
  assert(verifyRun(root, 8 * LEAF_BYTES, 2, leaves, uncles));
  const swapped = concat([uncles.slice(32, 64), uncles.slice(0, 32)]);
  assertFalse(verifyRun(root, 8 * LEAF_BYTES, 2, leaves, swapped));
  const halves = concat([leaves.slice(32), leaves.slice(0, 32)]);
  assertFalse(verifyRun(root, 8 * LEAF_BYTES, 2, halves, uncles));
  assertFalse(verifyRun(root, 8 * LEAF_BYTES, 0, leaves, uncles));
});

Deno.test("verifyRun() refuses anything malformed without throwing", () => {
  const { layer, root } = treeOf(sampleFile(5 * LEAF_BYTES));
  fc.assert(
    fc.property(
      fc.oneof(fc.integer(), fc.double(), fc.constantFrom(NaN, -1, 4, 2 ** 53)),
      fc.uint8Array({ maxLength: 300 }),
      fc.uint8Array({ maxLength: 300 }),
      (from, leaves, uncles) => {
        assertFalse(verifyRun(root, 5 * LEAF_BYTES, from, leaves, uncles));
      },
    ),
  );
  assertFalse(
    verifyRun(new Uint8Array(31), 5 * LEAF_BYTES, 0, layer, new Uint8Array()),
  );
});

Deno.test("prove() refuses runs that are not aligned", () => {
  const { layer } = treeOf(sampleFile(5 * LEAF_BYTES));
  assertThrows(() => prove(layer, 1, 2), RangeError);
  assertThrows(() => prove(layer, 0, 3), RangeError);
  assertThrows(() => prove(layer, 8, 8), RangeError);
});

Deno.test("HashTree gives every node, padding included", () => {
  const file = sampleFile(5 * LEAF_BYTES);
  const { layer, root, length } = treeOf(file);
  const tree = new HashTree(layer, length);
  assertEquals(tree.root, root);
  assertEquals(tree.node({ level: 3, index: 0 }), root);
  assertEquals(tree.node({ level: 0, index: 7 }), new Uint8Array(32));
  assertThrows(() => new HashTree(layer, length + LEAF_BYTES), RangeError);
});

Deno.test("HashTree.grow() builds the same tree in slices, and lets others go between", async () => {
  const leaves = 5000;
  const layer = sampleFile(leaves * 32);
  const length = leaves * LEAF_BYTES - 3;
  let pauses = 0;
  const pause = () => Promise.resolve(void pauses++);
  const grown = await HashTree.grow(layer, length, pause);
  const whole = new HashTree(layer, length);
  assertEquals(grown.root, whole.root);
  for (const from of [0, 2047, 2048, 4999]) {
    assertEquals(grown.prove(from, 1), whole.prove(from, 1));
  }
  assertEquals(pauses, 3, "two in the layer, one above it");
  const small = await HashTree.grow(layer.subarray(0, 64), 20_000, pause);
  assertEquals([small.leaves, pauses], [2, 3]);
});
