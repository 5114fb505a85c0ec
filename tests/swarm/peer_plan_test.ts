import { assertEquals } from "@std/assert";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import { REQUESTS_PER_LINK_MAX } from "../../lib/limits.ts";
import type { Content } from "../../lib/swarm/content.ts";
import { Link } from "../../lib/swarm/link.ts";
import { planPeerRequests, shortestWaitMs } from "../../lib/swarm/peer_plan.ts";
import { isUrgent } from "../../lib/swarm/zones.ts";
import {
  blindContentOf,
  contentOf,
  linkTo,
  openBoth,
  sample,
  START_MS,
} from "./support.ts";

const FILE = sample(100);

/** What would be asked, as pairs of peer and leaf, in order. */
function plan(content: Content, links: Link[]): [string, number][] {
  const asked: [string, number][] = [];
  planPeerRequests(content, links, START_MS, () => 0, ({ link, run }) => {
    const { from, until } = run;
    asked.push([link.peerId.slice(-1), from]);
    const urgent = isUrgent(run.deadlineMs, START_MS);
    link.flow(urgent).asked(content.bytesOf(from, until));
    const times = { askedMs: 0, dueMs: 0, urgent };
    content.requests.set(from, { from, until, link: link.id, ...times });
  });
  return asked;
}

/** A content that plays a leaf a second, and links to peers that hold some of it. */
function setting(...holdings: [number, number][]) {
  const content = contentOf(FILE);
  content.playhead = { offset: 0, atMs: START_MS, bytesPerSecond: LEAF_BYTES };
  const links = holdings.map(([from, until], i) => {
    const link = linkTo(i + 1, content);
    link.announce(content, from, until);
    measure(link, 1_000_000);
    return link;
  });
  return { content, links };
}

/** So many bytes a second have come from a peer. */
function measure(link: Link, bytesPerSecond: number): void {
  for (const flow of [link.urgent, link.calm]) {
    flow.delivered(bytesPerSecond, START_MS - 1000, START_MS);
  }
}

Deno.test("what plays within seconds is asked for in the order of play, and nothing else meanwhile", () => {
  const { content, links } = setting([0, 100]);
  const leaves = plan(content, links).map(([, leaf]) => leaf);
  assertEquals(leaves, [0, 1, 2, 3, 4, 5]);
  assertEquals(plan(content, links), []);
});

Deno.test("what plays later is asked for rarest first, the next seconds before the rest", () => {
  const { content, links } = setting([6, 29], [6, 20], [6, 10]);
  const leaves = plan(content, links).map(([, leaf]) => leaf);
  const order = leaves.map((leaf) =>
    (leaf < 15 ? 0 : 10) + (leaf < 10 ? 3 : leaf < 20 ? 2 : 1)
  );
  assertEquals(order, order.toSorted((a, b) => a - b));
  assertEquals(order[0], 2);
});

Deno.test("nothing is asked for further ahead than the lead, which grows with time", () => {
  const { content, links } = setting([6, 100]);
  measure(links[0]!, 1e12);
  const last = Math.max(...plan(content, links).map(([, leaf]) => leaf));
  assertEquals(last, 30);
});

Deno.test("what can wait takes no place from what cannot", () => {
  const { content, links } = setting([6, 100]);
  measure(links[0]!, 0);
  plan(content, links);
  links[0]!.announce(content, 0, 6);
  assertEquals(plan(content, links).slice(0, 2), [["1", 0], ["1", 1]]);
});

Deno.test("each chunk is asked of the peer that would have it here soonest", () => {
  const { content, links } = setting([0, 2], [0, 2]);
  links[0]!.setQueue(1e6, START_MS);
  links[1]!.setQueue(1e4, START_MS);
  assertEquals(plan(content, links), [["2", 0], ["2", 1]]);
});

Deno.test("a peer is asked for what its uplink carries in 0.2 s", () => {
  const { content, links } = setting([6, 100]);
  assertEquals(plan(content, links).length, Math.floor(2e5 / LEAF_BYTES));
});

Deno.test("a peer of unknown speed is asked for two chunks, whatever it says", () => {
  const content = contentOf(FILE);
  content.bulk = true;
  const link = linkTo(1, content);
  link.announce(content, 0, 100);
  link.capacity = 1e12;
  assertEquals(plan(content, [link]).length, 2);
});

Deno.test("a peer is never asked for more than REQUESTS_PER_LINK_MAX", () => {
  const { content, links } = setting([0, 100]);
  content.bulk = true;
  content.playhead = undefined;
  measure(links[0]!, 1e12);
  assertEquals(plan(content, links).length, REQUESTS_PER_LINK_MAX);
});

Deno.test("a peer that let us down is asked only for what no better one holds", () => {
  const { content, links } = setting([0, 3], [0, 2]);
  links[0]!.snubbedUntilMs = Infinity;
  measure(links[1]!, 1);
  assertEquals(plan(content, links), [["2", 0], ["2", 1], ["1", 2]]);
});

Deno.test("where uplinks are scarce, what is urgent is asked of a peer that let us down unless three better ones hold it", () => {
  const asked = (scarce: boolean, better: number) => {
    const holdings = new Array<[number, number]>(1 + better).fill([4, 5]);
    const { content, links } = setting(...holdings);
    content.scarce = scarce;
    const [worse, ...others] = links as [Link, ...Link[]];
    worse.snubbedUntilMs = Infinity;
    // They have no room for more.
    for (const { urgent } of others) for (const _ of "ab") urgent.asked(1e6);
    return plan(content, links);
  };
  assertEquals(asked(true, 2), [["1", 4]]);
  assertEquals(asked(true, 3), []);
  assertEquals(asked(false, 1), []);
});

Deno.test("a peer that refused is not asked before its pause is over", () => {
  const { content, links } = setting([0, 3]);
  links[0]!.refused(START_MS);
  assertEquals(plan(content, links), []);
});

Deno.test("nothing is asked for that could not be judged", () => {
  const content = blindContentOf(FILE);
  content.bulk = true;
  content.hashes!.addRun(0, FILE.layer);
  const blind = blindContentOf(FILE);
  blind.bulk = true;
  const link = linkTo(1, content, blind);
  link.announce(content, 0, 1);
  link.announce(blind, 0, 1);
  assertEquals(plan(blind, [link]), []);
  assertEquals(plan(content, [link]), [["1", 0]]);
});

Deno.test("where uplinks are scarce, what no peer can send within half of the time is asked of none", () => {
  const { content, links } = setting([0, 100]);
  for (const link of links) link.setQueue(3_100_000, START_MS);
  const asked = (scarce: boolean) => {
    const late = contentOf(FILE);
    late.scarce = scarce;
    late.playhead = content.playhead;
    const [link] = links as [Link];
    openBoth(link, late);
    link.announce(late, 0, 100);
    return plan(late, links).map(([, leaf]) => leaf);
  };
  assertEquals(
    asked(false)[0],
    0,
    "while a crowd starts everything is late",
  );
  assertEquals(asked(true), [], "3.1 s are more than half of what is urgent");
});

Deno.test("a few things that can wait are asked of those whom nobody can dial while urgent ones come", () => {
  const { content, links } = setting([0, 100]);
  const asked = plan(content, [...links, bound(content, 6)]);
  const waiting = asked.filter(([, leaf]) => leaf >= 6);
  assertEquals(waiting.map(([peer]) => peer), ["9", "9", "9", "9"]);
});

Deno.test("where uplinks are scarce the last second is the origin's, not theirs who let us down", () => {
  const { content, links } = setting([0, 1]);
  links[0]!.snubbedUntilMs = Infinity;
  assertEquals(plan(content, links), [["1", 0]]);
  const late = setting([0, 1]);
  late.links[0]!.snubbedUntilMs = Infinity;
  late.content.scarce = true;
  assertEquals(plan(late.content, late.links), []);
});

Deno.test("the shortest wait is that of who would send soonest of those who give", () => {
  const { content, links } = setting([0, 100], [0, 100], [0, 100]);
  const [slow, busy, dead] = links as [Link, Link, Link];
  assertEquals(shortestWaitMs(content, [], START_MS), 0);
  slow.setQueue(2_000_000, START_MS);
  busy.setQueue(1_000_000, START_MS);
  dead.capacity = 0;
  const shortest = shortestWaitMs(content, links, START_MS);
  assertEquals(Math.round(shortest / 100), 10, "a queue of one second");
});

/** A peer that nobody can dial, which holds all from a leaf on. */
function bound(content: Content, from: number): Link {
  const link = new Link(99, false, false);
  link.peerId = "9".repeat(32);
  link.capacity = 500_000;
  openBoth(link, content);
  link.announce(content, from, 100);
  measure(link, 1_000_000);
  return link;
}

Deno.test("who promises nothing is asked for nothing, and is no better than who let us down", () => {
  const { content, links } = setting([0, 6], [0, 6]);
  const [leech, late] = links as [Link, Link];
  leech.capacity = 0;
  late.snubbedUntilMs = Infinity;
  assertEquals(plan(content, links), [["2", 0]]);
});

Deno.test("who can be dialled is spared while who cannot may give it, and there is time", () => {
  const { content, links } = setting([0, 100], [0, 100]);
  const asked = plan(content, [...links, bound(content, 0)]);
  const [now, later] = [asked.slice(0, 1), asked.slice(1)];
  assertEquals(new Set(later.map(([peer]) => peer)), new Set(["9"]));
  assertEquals(now.some(([peer]) => peer !== "9"), true);
});

Deno.test("after a minute what presses is asked of who can be dialled where none of the others holds it", () => {
  const asked = (heldFrom: number, openedMs: number) => {
    const content = contentOf(FILE, {}, openedMs);
    const atMs = START_MS;
    content.playhead = { offset: 0, atMs, bytesPerSecond: LEAF_BYTES };
    const free = linkTo(1, content);
    free.announce(content, 0, 100);
    measure(free, 1_000_000);
    const all = plan(content, [free, bound(content, heldFrom)]);
    return all.filter(([peer]) => peer === "1").map(([, leaf]) => leaf);
  };
  assertEquals(asked(0, START_MS - 61_000), [0]);
  assertEquals(asked(50, START_MS - 59_000), [0]);
  assertEquals(asked(50, START_MS - 61_000), [0, 1, 2, 3]);
});

Deno.test("who was dialled by nobody asks nothing of what plays later while what plays before is short", () => {
  const later = (yields: boolean, ...others: Link[]) => {
    const { content, links } = setting([0, 100]);
    content.playhead!.atMs += 10_000;
    content.yields = yields;
    return plan(content, [...links, ...others]).some(([, leaf]) => leaf > 5);
  };
  assertEquals(later(true), false);
  assertEquals(later(false), true);
  assertEquals(later(true, new Link(9, false, false)), true);
  assertEquals(later(true, new Link(9, false, true)), false);
});
