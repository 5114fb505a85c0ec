import { assertEquals } from "@std/assert";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import { isSettled, isShort } from "../../lib/swarm/zones.ts";
import { contentOf, sample, START_MS } from "./support.ts";

const FILE = sample(200);

/** A content of which a leaf a second plays from the start, and so many are held. */
function playing(heldLeaves: number) {
  const content = contentOf(FILE);
  content.held.add(0, heldLeaves);
  content.playhead = {
    offset: 0,
    atMs: START_MS,
    bytesPerSecond: LEAF_BYTES,
  };
  return content;
}

Deno.test("a content has settled after a minute, or when it is about to run dry after ten seconds", () => {
  const rows = [
    [9_500, 10, false, "everybody runs dry at the start"],
    [11_000, 12, true, ""],
    [11_000, 14, false, ""],
    [61_000, 199, true, ""],
  ] as const;
  for (const [ms, heldLeaves, settled, why] of rows) {
    const content = playing(heldLeaves);
    assertEquals(isSettled(content, START_MS + ms), settled, why);
  }
});

Deno.test("who runs dry is short of links, and who wants a whole file, as long as something is missing", () => {
  assertEquals(isShort([playing(12)], START_MS + 11_000), true);
  assertEquals(isShort([playing(15)], START_MS + 11_000), false);
  assertEquals(isShort([playing(5)], START_MS + 5_000), false);
  const whole = contentOf(FILE);
  whole.bulk = true;
  assertEquals(isShort([playing(15), whole], START_MS), true);
  whole.held.add(0, 200);
  assertEquals(isShort([whole], START_MS), false);
});
