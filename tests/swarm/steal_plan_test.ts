import { assertEquals } from "@std/assert";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import type { Content } from "../../lib/swarm/content.ts";
import { Link } from "../../lib/swarm/link.ts";
import { planSteals } from "../../lib/swarm/steal_plan.ts";
import { contentOf, linkTo, sample, START_MS } from "./support.ts";

/** Two peers that hold everything; the first owes leaf `leaf` since `START_MS`. */
function setting(leaf: number): [Content, Link, Link] {
  const content = contentOf(sample(40));
  content.playhead = { offset: 0, atMs: START_MS, bytesPerSecond: LEAF_BYTES };
  const [a, b] = [linkTo(1, content), linkTo(2, content)];
  for (const link of [a, b]) link.announce(content, 0, 40);
  content.requests.set(leaf, {
    from: leaf,
    until: leaf + 1,
    link: a.id,
    askedMs: START_MS,
    dueMs: Infinity,
    urgent: true,
  });
  a.urgent.asked(LEAF_BYTES);
  return [content, a, b];
}

function steals(content: Content, links: Link[], afterMs: number): string[] {
  const moved: string[] = [];
  planSteals(content, links, START_MS + afterMs, ({ request, from, to }) => {
    moved.push(`${request.from}: ${from.id - from.id} to ${to.id - from.id}`);
  });
  return moved;
}

Deno.test("an urgent request that waits long is moved to a peer that would be quicker", () => {
  const [content, a, b] = setting(2);
  assertEquals(steals(content, [a, b], 100), []);
  assertEquals(steals(content, [a, b], 500), ["2: 0 to 1"]);
});

Deno.test("it stays where there is time to wait for it and uplinks are scarce", () => {
  const [content, a, b] = setting(4);
  content.scarce = true;
  assertEquals(steals(content, [a, b], 2_400), []);
  assertEquals(steals(content, [a, b], 2_600), ["4: 0 to 1"]);
});

Deno.test("it stays where the other would not be much quicker", () => {
  const [content, a, b] = setting(2);
  b.capacity = 1000;
  assertEquals(steals(content, [a, b], 1000), []);
  b.snubbedUntilMs = Infinity;
  assertEquals(steals(content, [a, b], 60_000), []);
});

Deno.test("what is not urgent, has begun to come, or comes from the origin stays where it is", () => {
  const [far, ...links] = setting(30);
  assertEquals(steals(far, links, 1000), []);
  const [begun, ...others] = setting(2);
  begun.held.add(2, 3);
  assertEquals(steals(begun, others, 1000), []);
  const [fetched, c, d] = setting(2);
  const request = fetched.requests.get(2)!;
  fetched.requests.set(2, { ...request, link: -1 });
  assertEquals(steals(fetched, [c, d], 1000), []);
});

Deno.test("it is moved to nobody who can be dialled while who cannot may give it, and there is time", () => {
  const [content, a, b] = setting(4);
  const bound = new Link(9, false, false);
  bound.capacity = 1;
  bound.announce(content, 0, 40);
  const links = [a, b, bound];
  assertEquals(steals(content, links, 2_900), []);
  assertEquals(steals(content, links, 3_100), ["4: 0 to 1"]);
  assertEquals(steals(content, [a, b], 2_900), ["4: 0 to 1"]);
});

Deno.test("what plays within a second is moved where it need wait only as long as another would take", () => {
  const moved = (leaf: number, afterMs: number) => {
    const [content, ...links] = setting(leaf);
    return steals(content, links, afterMs).length > 0;
  };
  // 220 ms, 66 ms for 16 KiB at 2 Mbit/s, and 16 ms that the other would take.
  assertEquals(moved(1, 300), false);
  assertEquals(moved(1, 305), true);
  assertEquals(moved(2, 305), false);
  assertEquals(moved(2, 320), true);
});
