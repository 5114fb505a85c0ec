import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  fromHex,
  HashTree,
  LEAF_BYTES,
  LeafLayerBuilder,
  padHash,
  rootOfLayer,
  subtreeRoot,
  toHex,
} from "../../lib/hashtree/mod.ts";
import { AlluviumError } from "../../lib/errors.ts";
import { referenceRoot, sampleFile } from "./reference.ts";

/** facts/playlist-and-ocn.md 3.2: [what, length, byte, root]. */
const VECTORS: [string, number, number, string][] = [
  [
    "libtorrent's v2.torrent, test64K",
    65536,
    0,
    "60aae9c7b428f87e0713e88229e18f0adf12cd7b22a0dd8a92bb2485eb7af242",
  ],
  [
    "libtorrent's v2_multipiece_file.torrent, test1MB",
    1 << 20,
    0,
    "515ea9181744b817744ded9d2e8e9dc6a8450c0b0c52e24b5077f302ffbd9008",
  ],
  [
    "one byte",
    1,
    0x61,
    "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",
  ],
  [
    "one whole leaf",
    16384,
    0,
    "4fe7b59af6de3b665b67788cc2f99892ab827efae3a467342b3bb4e3bc8e5bfe",
  ],
  [
    "a leaf and a byte",
    16385,
    0,
    "477e14ff3453ec4ec3855f8753cb07288aade5618a473ccc2ab1208886e460ec",
  ],
  [
    "three leaves",
    49152,
    0,
    "1cb5a249f6e721060aae623d21d3eca23056bda8c19e4e89f9a086151553713d",
  ],
  [
    "four leaves and a byte",
    65537,
    0x41,
    "b4ec1856b14300e3ae5be88c2e389c9249ed6fa61f496c3d626fd2e6426c7ba5",
  ],
  [
    "twelve leaves and a byte",
    196609,
    0,
    "d95010d6feab9b7dc274d00f2ee31719af99b71ac5d088e0912282d77ba7ad96",
  ],
  [
    "a short last leaf",
    180000,
    0x41,
    "2f6d03250ca157ed981a0990f990d8c841c56285b9651c6f52109e8b62e6007e",
  ],
];

function build(file: Uint8Array, cuts: number[] = []) {
  const builder = new LeafLayerBuilder();
  let at = 0;
  for (const cut of [...cuts.toSorted((a, b) => a - b), file.length]) {
    builder.write(file.subarray(at, cut));
    at = cut;
  }
  return builder.finish();
}

for (const [what, length, byte, root] of VECTORS) {
  Deno.test(`LeafLayerBuilder gives the BEP 52 root of ${what}`, () => {
    const file = new Uint8Array(length).fill(byte);
    const tree = build(file);
    assertEquals(toHex(tree.root), root);
    assertEquals(toHex(rootOfLayer(tree.layer, length)), root);
    assertEquals(toHex(new HashTree(tree.layer, length).root), root);
    assertEquals(toHex(referenceRoot(file)), root);
  });
}

Deno.test("subtreeRoot() of four leaves each gives BEP 52's 64 KiB piece layer", () => {
  const { layer } = build(new Uint8Array(65537).fill(0x41));
  assertEquals(
    toHex(subtreeRoot(layer.subarray(0, 128), 4)),
    "57c28a71350ae91a84ca21a872cd15ba00f78751b1ccf8a7e7e42d33583d6dca",
  );
  assertEquals(
    toHex(subtreeRoot(layer.subarray(128), 4)),
    "d807739bb7ada36c7255938900778849ba073ca17e2ec999d94c50b889225192",
  );
});

Deno.test("padHash() gives BEP 52's padding of levels 0 to 3", () => {
  assertEquals([0, 1, 2, 3].map((level) => toHex(padHash(level))), [
    "00".repeat(32),
    "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b",
    "db56114e00fdd4c1f85c892bf35ac9a89289aaecb1ebd0a96cde606a748b5d71",
    "c78009fdf07fc56a11f122370658a353aaa542ed63e44c4bc15ff4cd105ab33c",
  ]);
});

Deno.test("LeafLayerBuilder agrees with the slow reference, however the bytes are cut", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 * LEAF_BYTES }),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
      (length, parts) => {
        const file = sampleFile(length, length);
        const tree = build(
          file,
          parts.map((part) => Math.floor(part * length)),
        );
        assertEquals(tree.length, length);
        assertEquals(toHex(tree.root), toHex(referenceRoot(file)));
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("LeafLayerBuilder hands out the hashes of whole leaves before the file has ended", () => {
  const file = sampleFile(3 * LEAF_BYTES + 5);
  const whole = build(file);
  const builder = new LeafLayerBuilder();
  builder.write(file.subarray(0, 2 * LEAF_BYTES + 1));
  assertEquals(builder.leaves, 2);
  assertEquals(builder.hashes(0, 99), whole.layer.slice(0, 64));
  assertEquals(builder.hashes(1, 2), whole.layer.slice(32, 64));
  assertEquals(builder.hashes(2, 9).length, 0);
  builder.write(file.subarray(2 * LEAF_BYTES + 1));
  assertEquals(builder.finish(), whole);
});

Deno.test("LeafLayerBuilder refuses an empty file", () => {
  const builder = new LeafLayerBuilder();
  builder.write(new Uint8Array());
  const error = assertThrows(() => builder.finish(), AlluviumError);
  assertEquals(error.code, "media-rejected");
});

Deno.test("LeafLayerBuilder grows past its first page of hashes", () => {
  const file = sampleFile(70 * LEAF_BYTES);
  assertEquals(toHex(build(file).root), toHex(referenceRoot(file)));
});

Deno.test("rootOfLayer() refuses a layer that does not fit the length", () => {
  const { layer } = build(sampleFile(3 * LEAF_BYTES));
  assertThrows(() => rootOfLayer(layer, 4 * LEAF_BYTES), RangeError);
  assertThrows(() => rootOfLayer(layer, 0), RangeError);
  assertThrows(
    () => rootOfLayer(layer.subarray(1), 3 * LEAF_BYTES),
    RangeError,
  );
});

Deno.test("fromHex() and toHex() are inverse, and fromHex() takes nothing else", () => {
  assertEquals(toHex(fromHex("00fFa0") ?? new Uint8Array()), "00ffa0");
  for (const bad of ["", "0", "0g", " 00", "0x00"]) {
    assert(fromHex(bad) === undefined, bad);
  }
});
