import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { createHash } from "node:crypto";
import { hashNode } from "../../lib/hashtree/hash.ts";
import { hash64 } from "../../lib/hashtree/node_hash.ts";

function wanted(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

Deno.test("hash64() is SHA-256 of 64 bytes, wherever they are and go", () => {
  const bytes64 = fc.uint8Array({ minLength: 64, maxLength: 64 });
  const offset = fc.nat({ max: 9 });
  fc.assert(
    fc.property(bytes64, offset, offset, (bytes, from, into) => {
      const source = new Uint8Array(from + 64 + 3).subarray(1);
      source.set(bytes, from);
      const target = new Uint8Array(into + 32 + 3).subarray(1);
      hash64(source, from, target, into);
      assertEquals(target.subarray(into, into + 32).toHex(), wanted(bytes));
      assertEquals(target.subarray(into + 32), new Uint8Array(2));
    }),
    { numRuns: 500 },
  );
  // The words of which all bits are set, and none.
  for (const value of [0, 0xff, 0x80, 0x7f]) {
    const bytes = new Uint8Array(64).fill(value);
    const hash = new Uint8Array(32);
    hash64(bytes, 0, hash, 0);
    assertEquals(hash.toHex(), wanted(bytes));
  }
});

Deno.test("hash64() may write its hash over what it hashes", () => {
  const bytes = Uint8Array.from({ length: 64 }, (_, i) => i);
  const hash = wanted(bytes);
  hash64(bytes, 0, bytes, 0);
  assertEquals(bytes.subarray(0, 32).toHex(), hash);
});

Deno.test("hash64() of fewer bytes throws", () => {
  assertThrows(() => hash64(new Uint8Array(63), 0, new Uint8Array(32), 0));
  assertThrows(() => hash64(new Uint8Array(64), 0, new Uint8Array(31), 0));
});

Deno.test("hashNode() hashes two children one after the other", () => {
  const [left, right] = [1, 2].map((x) => new Uint8Array(32).fill(x));
  const both = new Uint8Array([...left!, ...right!]);
  assertEquals(hashNode(left!, right!).toHex(), wanted(both));
});
