import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import type { Content } from "../../lib/swarm/content.ts";
import { newFetch, takeBytes } from "../../lib/swarm/fetches.ts";
import {
  blindContentOf,
  contentOf,
  leavesOf,
  sample,
  START_MS,
  URL_OF_FILE,
} from "./support.ts";

const FILE = sample(6, 100);

function fetchOf(content: Content, from: number, until: number) {
  return newFetch({
    id: 1,
    content,
    source: URL_OF_FILE,
    from,
    until,
    leased: false,
    startedMs: START_MS,
  });
}

Deno.test("takeBytes() gives the same whole leaves however the bytes are cut", () => {
  const cuts = fc.array(fc.integer({ min: 0, max: FILE.bytes.length }));
  fc.assert(fc.property(cuts, (cuts) => {
    const fetch = fetchOf(contentOf(FILE), 0, 7);
    const ends = [...cuts, FILE.bytes.length].toSorted((a, b) => a - b);
    const got = new Uint8Array(FILE.bytes.length);
    let next = 0;
    let start = 0;
    for (const end of ends) {
      const { runs, badLeaf } = takeBytes(fetch, FILE.bytes.slice(start, end));
      assertEquals(badLeaf, undefined);
      for (const { from, bytes } of runs) {
        assertEquals(from, next);
        got.set(bytes, from * LEAF_BYTES);
        next += Math.ceil(bytes.length / LEAF_BYTES);
      }
      start = end;
    }
    assertEquals(next, 7);
    assertEquals(got, FILE.bytes);
    assertEquals(fetch.next, 7);
  }));
});

Deno.test("takeBytes() stops at the first wrong leaf and keeps what came before", () => {
  const fetch = fetchOf(contentOf(FILE), 1, 6);
  const bytes = leavesOf(FILE, 1, 6);
  bytes[2 * LEAF_BYTES + 5]! ^= 1;
  const { runs, badLeaf } = takeBytes(fetch, bytes);
  assertEquals(badLeaf, 3);
  assertEquals(runs, [{ from: 1, bytes: leavesOf(FILE, 1, 3) }]);
});

Deno.test("takeBytes() passes over leaves it cannot judge", () => {
  const key = "00".repeat(32);
  const blind = blindContentOf(FILE, { trust: "provisional", key });
  blind.hashes!.addRun(2, FILE.layer.subarray(64, 96));
  blind.hashes!.addRun(4, FILE.layer.subarray(128, 160));
  const { runs, badLeaf } = takeBytes(
    fetchOf(blind, 0, 6),
    leavesOf(FILE, 0, 6),
  );
  assertEquals(badLeaf, undefined);
  assertEquals(runs, [
    { from: 2, bytes: leavesOf(FILE, 2, 3) },
    { from: 4, bytes: leavesOf(FILE, 4, 5) },
  ]);
});

Deno.test("takeBytes() without hashes takes everything, and nothing past the end", () => {
  const content = contentOf(FILE, { trust: "none" });
  const fetch = fetchOf(content, 5, 7);
  const bytes = new Uint8Array([...leavesOf(FILE, 5, 7), 1, 2, 3]);
  const { runs } = takeBytes(fetch, bytes);
  assertEquals(runs, [{ from: 5, bytes: leavesOf(FILE, 5, 7) }]);
});
