import { assert, assertEquals } from "@std/assert";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import {
  contentsDue,
  inOrder,
  nextPlanMs,
  WHOLE_STEP_MS,
} from "../../lib/swarm/planning.ts";
import { Lab } from "./lab.ts";
import { contentOf, sample, START_MS } from "./support.ts";

/** A content that plays from byte `offset` at `atMs` on, a leaf a second; so many leaves are held. */
function playing(heldLeaves: number, atMs = START_MS, offset = 0) {
  const content = contentOf(sample(200));
  content.held.add(0, heldLeaves);
  content.playhead = { offset, atMs, bytesPerSecond: LEAF_BYTES };
  return content;
}

Deno.test("what is still to play takes over the lead of what plays before it", () => {
  const nowMs = START_MS + 2_000;
  const [now, next] = [playing(25), playing(0, START_MS + 200_000)];
  now.planned(nowMs, false);
  assertEquals(inOrder([next, now], nowMs), [now, next]);
  next.planned(nowMs, false);
  assertEquals([now.leadMs, next.leadMs], [23_000, 23_000]);
  const atMs = START_MS + 197_000;
  next.planned(atMs, false);
  assertEquals(next.scarce, true, "three seconds are left of many");
  assertEquals(inOrder([next], atMs), [next]);
  next.planned(atMs, false);
  assertEquals(next.scarce, false, "peers carried all of what played before");
});

Deno.test("what is on has a lead of its own though it is read some seconds ahead", () => {
  const now = playing(20, START_MS + 5_000, 8 * LEAF_BYTES);
  now.planned(START_MS, false);
  inOrder([now], START_MS);
  assertEquals(now.leadMs, 17_000);
});

Deno.test("what plays next yields as long as what plays before it is short", () => {
  const next = playing(0, START_MS + 200_000);
  for (
    const [held, yields] of [[14, true], [15, false], [200, false]] as const
  ) {
    inOrder([next, playing(held)], START_MS);
    assertEquals(next.yields, yields, `${held} s are here`);
  }
});

Deno.test("what comes soon after a decision about a whole file is decided once, WHOLE_STEP_MS after it", () => {
  const lab = new Lab();
  const file = sample(200);
  lab.open(file);
  const [ann, bob] = [lab.peer(1), lab.peer(2)];
  ann.offers(file, 0, 1);
  bob.offers(file, 0, 1);
  lab.run();
  const asked = () => [ann, bob].flatMap((peer) => peer.all("request")).length;
  assertEquals(asked(), 1);
  ann.has(1, 2);
  lab.run(WHOLE_STEP_MS - 1);
  bob.has(2, 3);
  lab.run();
  assertEquals(asked(), 1);
  lab.run(1);
  assertEquals(asked(), 3);
  const idleMs = lab.engine.pollTimeout(lab.nowMs) - lab.nowMs;
  assert(idleMs > WHOLE_STEP_MS, `${idleMs} ms`);
});

Deno.test("whole files that wait for somebody do not wake each other", () => {
  const lab = new Lab();
  for (const leaves of [100, 200]) {
    lab.open(sample(leaves)).bulk = true;
    lab.run(WHOLE_STEP_MS - 2);
  }
  let wakes = 0;
  const endMs = lab.nowMs + 10_000;
  for (;;) {
    const waitMs = lab.engine.pollTimeout(lab.nowMs) - lab.nowMs;
    if (lab.nowMs + waitMs > endMs) break;
    lab.run(Math.max(1, waitMs));
    wakes++;
  }
  assert(wakes <= 100, `${wakes} wakes in ten seconds`);
});

Deno.test("a timer that is a millisecond early is nothing that happened", () => {
  const contents = [100, 200].map((leaves) => contentOf(sample(leaves)));
  for (const [apartMs, content] of contents.entries()) {
    content.bulk = true;
    content.awaitsPlan = true;
    content.plannedMs = START_MS + apartMs;
  }
  const plan = (nowMs: number) => {
    for (const content of contentsDue(contents, nowMs)) {
      content.planned(nowMs, false);
    }
  };
  let wakes = 0;
  for (let nowMs = START_MS; nowMs < START_MS + 10_000; wakes++) {
    nowMs = nextPlanMs(contents);
    plan(nowMs - 1);
    plan(nowMs);
  }
  assert(wakes <= 100, `${wakes} wakes in ten seconds`);
});
