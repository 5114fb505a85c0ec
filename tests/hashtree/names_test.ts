import { assert, assertEquals, assertThrows } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import {
  formatContentUrn,
  formatTreeUrn,
  isKey,
  LEAF_BYTES,
  LeafLayerBuilder,
  parseContentUrn,
  parseTreeUrn,
  readSidecar,
  sidecarBytes,
  toHex,
} from "../../lib/hashtree/mod.ts";
import { sampleFile } from "./reference.ts";

const HEX = "0123456789abcdef".repeat(4);

Deno.test("parseTreeUrn() reads what formatTreeUrn() wrote, in any case", () => {
  const root = parseTreeUrn("URN:Tree:SHA256:" + HEX.toUpperCase());
  assert(root !== undefined);
  assertEquals(toHex(root), HEX);
  assertEquals(formatTreeUrn(root), "urn:tree:sha256:" + HEX);
  assertEquals(formatTreeUrn(HEX), "urn:tree:sha256:" + HEX);
});

Deno.test("parseContentUrn() tells a root from a provisional id", () => {
  for (const provisional of [false, true]) {
    const urn = formatContentUrn({ key: HEX, provisional });
    assertEquals(parseContentUrn(urn), { key: HEX, provisional });
  }
  assertEquals(parseTreeUrn("urn:alluvium:provisional:" + HEX), undefined);
});

Deno.test("parseContentUrn() takes nothing else", () => {
  for (
    const bad of [
      "",
      HEX,
      "urn:tree:sha256:" + HEX.slice(1),
      "urn:tree:sha256:" + HEX + "0",
      "urn:tree:sha256:" + HEX.replace("a", "g"),
      "urn:tree:tiger:" + HEX,
      "urn:sha1:" + HEX,
    ]
  ) assertEquals(parseContentUrn(bad), undefined, bad);
  assert(isKey(HEX));
  assert(!isKey(HEX.toUpperCase()));
});

Deno.test("readSidecar() takes a layer that fits the length, and the root where it is given", () => {
  const builder = new LeafLayerBuilder();
  builder.write(sampleFile(3 * LEAF_BYTES + 1));
  const tree = builder.finish();
  assertEquals(sidecarBytes(tree.length), tree.layer.length);
  assertEquals(readSidecar(tree.layer, tree.length), tree);
  assertEquals(readSidecar(tree.layer, tree.length, tree.root), tree);
  const forged = tree.layer.slice();
  forged[0] = (forged[0] ?? 0) ^ 1;
  for (
    const read of [
      () => readSidecar(forged, tree.length, tree.root),
      () => readSidecar(tree.layer.subarray(1), tree.length),
      () => readSidecar(tree.layer, tree.length + LEAF_BYTES),
    ]
  ) assertEquals(assertThrows(read, AlluviumError).code, "content-mismatch");
});
