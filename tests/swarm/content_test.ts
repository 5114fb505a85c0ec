import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import { contentOf, sample, START_MS } from "./support.ts";

const FILE = sample(20, 100);
/** One leaf a second. */
const playing = (leaf: number) => ({
  offset: leaf * LEAF_BYTES,
  atMs: START_MS,
  bytesPerSecond: LEAF_BYTES,
});
const request = (from: number, until: number) => ({
  from,
  until,
  link: 1,
  askedMs: 0,
  dueMs: Infinity,
  urgent: false,
});

Deno.test("Content needs nothing until somebody wants it", () => {
  const content = contentOf(FILE);
  assertEquals(content.wanting, false);
  assertEquals([...content.needed()], []);
});

Deno.test("Content needs from the playhead on, each leaf when it plays", () => {
  const content = contentOf(FILE);
  content.playhead = playing(18);
  assertEquals([...content.needed()], [
    { from: 18, until: 19, deadlineMs: START_MS },
    { from: 19, until: 20, deadlineMs: START_MS + 1000 },
    { from: 20, until: 21, deadlineMs: START_MS + 2000 },
  ]);
  assertEquals(content.playsMs(17), Infinity, "played already");
});

Deno.test("Content needs chunks whole, so that peers can ask it for them", () => {
  const content = contentOf(FILE, { chunkLeaves: 4 });
  content.playhead = playing(18);
  assertEquals([...content.needed()], [
    { from: 16, until: 20, deadlineMs: START_MS },
    { from: 20, until: 21, deadlineMs: START_MS + 2000 },
  ]);
});

Deno.test("Content needs the gaps of a chunk one after the other", () => {
  const content = contentOf(FILE, { chunkLeaves: 4 });
  content.bulk = true;
  content.held.add(1, 2);
  content.held.add(4, 20);
  const runs = () =>
    [...content.needed()].map(({ from, until }) => [from, until]);
  assertEquals(runs(), [[0, 1], [20, 21]]);
  content.held.add(0, 1);
  assertEquals(runs(), [[2, 4], [20, 21]]);
});

Deno.test("Content does not need what is asked for", () => {
  const content = contentOf(FILE);
  content.playhead = playing(18);
  content.requests.set(19, request(19, 20));
  assertEquals([...content.needed()].map(({ from }) => from), [18, 20]);
});

Deno.test("a reader's demand comes first, and once", () => {
  const content = contentOf(FILE);
  content.bulk = true;
  content.demand(19, 21, START_MS);
  const order = [...content.needed()].map(({ from }) => from);
  assertEquals(order.slice(0, 3), [19, 20, 0]);
  assertEquals(order.toSorted((a, b) => a - b), [...Array(21).keys()]);
  assertEquals(content.deadlineMs(20), START_MS);
  assertEquals(content.deadlineMs(3), Infinity, "a whole file has no time");
  content.endDemand(19, 21);
  assertEquals(content.deadlineMs(20), Infinity);
});

Deno.test("a reader near the playhead waits for the time to play, one far away for nothing", () => {
  const content = contentOf(sample(100));
  content.playhead = playing(2);
  content.demand(5, 6, START_MS);
  assertEquals(content.deadlineMs(5), START_MS + 3000);
  content.demand(99, 100, START_MS);
  assertEquals(
    content.deadlineMs(99),
    START_MS,
    "such as the tail of the file",
  );
  content.demand(0, 1, START_MS);
  assertEquals(content.deadlineMs(0), START_MS, "such as its head");
});

Deno.test("needed() gives every missing, unasked leaf once, each run within a chunk", () => {
  const leaf = fc.nat({ max: 20 });
  const chunk = fc.constantFrom(1, 2, 4, 64);
  fc.assert(
    fc.property(
      chunk,
      fc.array(leaf),
      fc.array(leaf, { maxLength: 5 }),
      fc.array(fc.tuple(leaf, leaf), { maxLength: 4 }),
      (chunkLeaves, held, asked, demands) => {
        const content = contentOf(FILE, { chunkLeaves });
        content.bulk = true;
        for (const leaf of held) content.held.add(leaf, leaf + 1);
        for (const leaf of asked) {
          const from = leaf - leaf % chunkLeaves;
          content.requests.set(from, request(from, from + chunkLeaves));
        }
        for (const [from, count] of demands) {
          content.demand(from, from + count, START_MS);
        }
        const seen = new Set<number>();
        for (const { from, until } of content.needed()) {
          assertEquals(
            Math.floor(from / chunkLeaves),
            Math.floor((until - 1) / chunkLeaves),
          );
          assertEquals(content.requests.has(from - from % chunkLeaves), false);
          for (let leaf = from; leaf < until; leaf++) {
            assertEquals(seen.has(leaf) || content.held.has(leaf), false);
            seen.add(leaf);
          }
        }
        // What is left is in a chunk that is asked for, or whose first gap comes first.
        for (let leaf = 0; leaf < content.leaves; leaf++) {
          if (seen.has(leaf) || content.held.has(leaf)) continue;
          const from = leaf - leaf % chunkLeaves;
          const first = content.held.nextClear(from);
          assertEquals(content.requests.has(from) || seen.has(first), true);
        }
      },
    ),
  );
});

Deno.test("bytesOf() counts the short last leaf as it is", () => {
  const content = contentOf(FILE);
  assertEquals(content.bytesOf(19, 21), LEAF_BYTES + 100);
  assertEquals(content.bytesOf(20, 24), 100);
});
