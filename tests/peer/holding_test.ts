import { assertEquals, assertRejects } from "@std/assert";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import { silentLog } from "../../lib/log.ts";
import { Holding } from "../../lib/peer/holding.ts";
import { StoredContent } from "../../lib/peer/stored_content.ts";
import { HeldFile } from "../../lib/peer/swarm_file.ts";
import { Content, type ContentSpec } from "../../lib/swarm/content.ts";

const URL = "http://origin.test/a.mp3";
const LENGTH = 4 * LEAF_BYTES;

const SPEC: ContentSpec = {
  key: "11".repeat(32),
  length: LENGTH,
  trust: "none",
  url: URL,
  chunkLeaves: 1,
};

function newHolding(): Holding {
  const stored = new StoredContent(undefined, LENGTH, silentLog);
  const host = { now: () => 0, wake: () => {}, idle: () => {} };
  return new Holding(new Content(SPEC, 0), stored, URL, host);
}

Deno.test("a reader waits for bytes that are verified but not stored yet", async () => {
  const holding = newHolding();
  const file = new HeldFile(URL, holding);
  holding.content.held.add(1, 2); // as the engine does, before it says "store"
  let bytes: Uint8Array | undefined;
  const reading = file.read(LEAF_BYTES, 10).then((read) => bytes = read);
  await Promise.resolve();
  assertEquals(bytes, undefined);
  holding.store(1, new Uint8Array(LEAF_BYTES).fill(7));
  await reading;
  assertEquals(bytes, new Uint8Array(10).fill(7));
});

Deno.test("a holding that goes on under another content keeps what is stored, no more", () => {
  const holding = newHolding();
  holding.store(0, new Uint8Array(LEAF_BYTES));
  holding.content.held.add(0, 3);
  const plain = new Content({ ...SPEC, key: "22".repeat(32) }, 0);
  holding.switchTo(plain);
  assertEquals([...plain.held.ranges()], [{ from: 0, until: 1 }]);
});

Deno.test("a reader of a closed file is told so", async () => {
  const file = new HeldFile(URL, newHolding());
  const reading = file.read(0, 10);
  file.close();
  await assertRejects(() => reading, DOMException, "File was closed");
});
