import { assert, assertEquals } from "@std/assert";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import { Link } from "../../lib/swarm/link.ts";
import { planPeerRequests } from "../../lib/swarm/peer_plan.ts";
import {
  contentOf,
  idOf,
  linkTo,
  openBoth,
  sample,
  START_MS,
} from "./support.ts";

const FILE = sample(40);

Deno.test("availability is the number of links that announced a leaf, however often", () => {
  const content = contentOf(FILE);
  const [a, b] = [linkTo(1, content), linkTo(2, content)];
  a.announce(content, 0, 10);
  a.announce(content, 5, 12);
  b.announce(content, 8, 1000);
  const counts = [...content.availability];
  assertEquals(counts.slice(0, 13), [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 1]);
  assertEquals(counts.length, 40);
  b.forgetAll();
  assertEquals([...content.availability].indexOf(2), -1);
  a.forget(content);
  a.forget(content);
  assertEquals(content.availability.every((count) => count === 0), true);
});

Deno.test("a link's rate is as advertised until measured, then follows what comes", () => {
  const link = linkTo(1);
  assertEquals(link.rate(true), 1_000_000);
  link.urgent.delivered(100_000, START_MS, START_MS + 1000);
  assertEquals(link.rate(true), 100_000);
  assertEquals(link.rate(false), 1_000_000, "what can wait is told apart");
  link.urgent.delivered(100_000, START_MS, START_MS + 1500);
  const rate = link.rate(true);
  assert(rate > 100_000 && rate < 200_000, "since the last delivery");
});

Deno.test("a peer on this network is asked before one that promises more, until it turns out slower", () => {
  const content = contentOf(FILE);
  content.bulk = true;
  const near = new Link(1, true, true);
  near.peerId = idOf(1);
  near.capacity = 125_000;
  openBoth(near, content);
  const far = linkTo(2, content);
  far.capacity = 2_000_000;
  for (const link of [near, far]) link.announce(content, 0, 40);
  const asked = () => {
    let first: Link | undefined;
    planPeerRequests(content, [far, near], START_MS, () => 0, ({ link }) => {
      first ??= link;
      link.calm.asked(LEAF_BYTES);
    });
    for (const { calm } of [near, far]) {
      while (calm.outstanding > 0) calm.ended(LEAF_BYTES);
    }
    return first;
  };
  assertEquals(asked(), near);
  near.calm.delivered(100_000, START_MS - 1000, START_MS);
  assertEquals(asked(), far);
  const leech = new Link(3, true, true);
  assertEquals(leech.rate(true), 1024, "who promises nothing gives nothing");
});

Deno.test("a link is expected to work off the queue it told of", () => {
  const link = linkTo(1);
  link.setQueue(2_000_000, START_MS);
  const wait = (bytes: number, laterMs: number) =>
    link.waitSeconds(bytes, true, START_MS + laterMs);
  assertEquals(wait(LEAF_BYTES, 0), 2 + LEAF_BYTES / 1e6);
  assertEquals(wait(0, 500), 1.5);
  assertEquals(wait(0, 60_000), 0);
});

Deno.test("a link that refuses is left alone longer each time, until it delivers", () => {
  const link = linkTo(1);
  const pauses: number[] = [];
  for (let i = 0; i < 9; i++) {
    link.refused(START_MS);
    pauses.push(link.pausedUntilMs - START_MS);
  }
  assertEquals(pauses.slice(0, 3), [500, 1000, 2000]);
  assertEquals(Math.max(...pauses), 60_000);
  assertEquals(link.delivers(START_MS), false);
  link.delivered(START_MS);
  link.refused(START_MS);
  assertEquals(link.pausedUntilMs, START_MS + 500);
});

Deno.test("who lets requests run out is relied on again, later each time, until it delivers", () => {
  const link = linkTo(1);
  const waits: number[] = [];
  for (let i = 0; i < 7; i++) {
    link.snub({ content: contentOf(FILE), from: 0 }, START_MS);
    waits.push((link.snubbedUntilMs - START_MS) / 1000);
  }
  assertEquals(waits, [2, 4, 8, 16, 32, 60, 60]);
  assertEquals(link.delivers(START_MS + 59_999), false);
  assertEquals(link.delivers(START_MS + 60_000), true);
  link.delivered(START_MS);
  link.snub({ content: contentOf(FILE), from: 0 }, START_MS);
  assertEquals(link.snubbedUntilMs, START_MS + 2_000);
});

Deno.test("a link's channel of a content goes by a name that both sides gave", () => {
  const content = contentOf(FILE);
  const link = linkTo(1);
  link.own.set("provisional", 4);
  link.own.set(content.key, 5);
  assertEquals(link.channel(content), undefined);
  const { key, length } = content;
  link.remote.set(0, { key: "other", length, content: undefined });
  link.remote.set(9, { key, length, content });
  assertEquals(link.channel(content), 5);
});
