import { assertEquals } from "@std/assert";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import { isScarce, isShort, secondsToSend } from "../../lib/swarm/zones.ts";
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

Deno.test("uplinks are scarce for who runs dry ten seconds after the start, or has little left of a long lead after thirty", () => {
  const rows = [
    [9_500, 10, 0, false, "everybody runs dry at the start"],
    [11_000, 12, 0, true, "a second is left"],
    [11_000, 13, 0, false, "two are"],
    [29_000, 32, 20_000, false, "the lead may grow again"],
    [31_000, 34, 20_000, true, "three seconds of twenty are left"],
    [31_000, 36, 20_000, false, "five are"],
    [31_000, 34, 14_000, false, "a lead of seconds comes and goes"],
  ] as const;
  for (const [ms, heldLeaves, leadMs, scarce, why] of rows) {
    const content = playing(heldLeaves);
    content.leadMs = leadMs;
    assertEquals(isScarce(content, START_MS + ms), scarce, why);
  }
  const whole = contentOf(FILE);
  assertEquals(isScarce(whole, START_MS + 31_000), false, "nothing plays");
});

Deno.test("a content knows the longest lead it had", () => {
  const content = playing(10);
  content.planned(START_MS + 2_000, false);
  assertEquals(content.leadMs, 8_000);
  content.planned(START_MS + 5_000, false);
  assertEquals(content.leadMs, 8_000);
  content.held.add(0, 20);
  content.planned(START_MS + 6_000, false);
  assertEquals(content.leadMs, 14_000);
  content.held.add(0, 40);
  content.planned(START_MS + 6_000, true);
  assertEquals(content.leadMs, 14_000, "nobody dials us: a long lead is luck");
});

Deno.test("where uplinks are scarce a peer has half of the time to play, three seconds at least, and the last second is the origin's", () => {
  const content = playing(33);
  const nowMs = START_MS + 31_000;
  assertEquals(secondsToSend(content, nowMs + 5_000, nowMs), 5);
  assertEquals(secondsToSend(content, nowMs + 500, nowMs), 1);
  content.scarce = true;
  assertEquals(secondsToSend(content, nowMs + 10_000, nowMs), 5);
  assertEquals(secondsToSend(content, nowMs + 5_000, nowMs), 3);
  assertEquals(secondsToSend(content, nowMs + 1_500, nowMs), 3);
  assertEquals(secondsToSend(content, nowMs + 900, nowMs), 0);
});

Deno.test("who runs dry is short of links, sooner if nobody dialled him, and who wants a whole file, as long as something is missing", () => {
  assertEquals(isShort([playing(12)], false, START_MS + 11_000), true);
  assertEquals(isShort([playing(15)], false, START_MS + 11_000), false);
  assertEquals(isShort([playing(5)], false, START_MS + 5_000), false);
  assertEquals(isShort([playing(5)], true, START_MS + 5_000), true);
  assertEquals(isShort([playing(2)], true, START_MS + 900), false);
  const whole = contentOf(FILE);
  whole.bulk = true;
  assertEquals(isShort([playing(15), whole], false, START_MS), true);
  whole.held.add(0, 200);
  assertEquals(isShort([whole], false, START_MS), false);
});

Deno.test("while the origin does not answer nothing is left for it", () => {
  const content = playing(12);
  const nowMs = START_MS + 11_000;
  content.originNotBeforeMs = nowMs + 1;
  assertEquals(isScarce(content, nowMs), false);
  assertEquals(isScarce(content, nowMs + 1), true);
});
