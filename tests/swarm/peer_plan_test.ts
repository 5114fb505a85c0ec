import { assertEquals } from "@std/assert";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import { REQUESTS_PER_LINK_MAX } from "../../lib/limits.ts";
import type { Content } from "../../lib/swarm/content.ts";
import type { Link } from "../../lib/swarm/link.ts";
import { planPeerRequests } from "../../lib/swarm/peer_plan.ts";
import {
  blindContentOf,
  contentOf,
  linkTo,
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
    link.outstanding++;
    link.outstandingBytes += content.bytesOf(from, until);
    const request = { from, until, link: link.id, askedMs: 0, dueMs: 0 };
    content.requests.set(from, request);
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
    return link;
  });
  return { content, links };
}

Deno.test("near the playing position the earliest deadline is asked for first", () => {
  const { content, links } = setting([0, 100]);
  links[0]!.capacity = 0.2 * 1e6;
  const asked = plan(content, links);
  assertEquals(asked.slice(0, 2), [["1", 0], ["1", 1]]);
});

Deno.test("far from it the rarest is asked for first", () => {
  const { content, links } = setting([40, 60], [40, 50], [40, 45]);
  const leaves = plan(content, links).map(([, leaf]) => leaf);
  const rarity = leaves.map((leaf) => leaf < 45 ? 3 : leaf < 50 ? 2 : 1);
  assertEquals(rarity, rarity.toSorted());
  assertEquals(rarity[0], 1);
});

Deno.test("each chunk is asked of the peer that would have it here soonest", () => {
  const { content, links } = setting([0, 2], [0, 2]);
  links[0]!.capacity = 1e5;
  links[1]!.setQueue(1e4, START_MS);
  assertEquals(plan(content, links), [["2", 0], ["2", 1]]);
});

Deno.test("a peer is asked for what its uplink carries in 0.2 s, and two chunks at least", () => {
  const { content, links } = setting([0, 100]);
  assertEquals(plan(content, links).length, Math.floor(2e5 / LEAF_BYTES));
  const slow = setting([0, 100]);
  slow.links[0]!.capacity = 0;
  assertEquals(plan(slow.content, slow.links).length, 2);
});

Deno.test("a peer is never asked for more than REQUESTS_PER_LINK_MAX", () => {
  const { content, links } = setting([0, 100]);
  links[0]!.capacity = 1e12;
  assertEquals(plan(content, links).length, REQUESTS_PER_LINK_MAX);
});

Deno.test("a peer that let us down is asked only for what no better one holds", () => {
  const { content, links } = setting([0, 3], [0, 2]);
  links[0]!.snubbed = true;
  links[1]!.capacity = 1;
  assertEquals(plan(content, links), [["2", 0], ["2", 1], ["1", 2]]);
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
