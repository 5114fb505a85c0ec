import { assertEquals } from "@std/assert";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import { HAVE_RANGES_MAX } from "../../lib/limits.ts";
import type { Content } from "../../lib/swarm/content.ts";
import { Haves } from "../../lib/swarm/haves.ts";
import { LeafSet } from "../../lib/swarm/leaf_set.ts";
import type { Link } from "../../lib/swarm/link.ts";
import type { PeerMessage } from "../../lib/swarm/messages.ts";
import { Uploads } from "../../lib/swarm/uploads.ts";
import {
  contentOf,
  emptyLinkTable,
  linkTo,
  openBoth,
  sample,
  START_MS,
} from "./support.ts";

/** Announcing to one peer that opened the content. */
function announcing(content: Content, share = true) {
  const links = emptyLinkTable();
  const link = links.add(1, { outgoing: true, lan: false }, START_MS)!;
  openBoth(link, content);
  const told: (PeerMessage & { type: "have" })[] = [];
  const haves = new Haves({
    share,
    links,
    uploads: new Uploads(Infinity),
    send(_link: Link, message: PeerMessage) {
      if (message.type === "have") told.push(message);
    },
  });
  return { haves, link, told };
}

/** Playing from the start, a leaf a second. */
function playing(leaves: number): Content {
  const content = contentOf(sample(leaves));
  content.playhead = { offset: 0, atMs: START_MS, bytesPerSecond: LEAF_BYTES };
  return content;
}

Deno.test("Haves tells at once what plays soon", () => {
  const content = playing(100);
  const { haves, told } = announcing(content);
  haves.add(content, { from: 5, until: 6 }, START_MS);
  haves.flush(START_MS);
  assertEquals(told.map(({ ranges }) => ranges), [[{ from: 5, until: 6 }]]);
  assertEquals(haves.nextMs(), Infinity);
});

Deno.test("Haves gathers for a fifth of a second what plays soon where uplinks are scarce", () => {
  const content = playing(100);
  content.scarce = true;
  const { haves, told } = announcing(content);
  haves.add(content, { from: 5, until: 6 }, START_MS);
  haves.flush(START_MS + 199);
  assertEquals(told, []);
  haves.add(content, { from: 6, until: 7 }, START_MS + 199);
  haves.flush(START_MS + 200);
  assertEquals(told.map(({ ranges }) => ranges), [[{ from: 5, until: 7 }]]);
});

Deno.test("Haves tells before long what nobody else is known to hold", () => {
  const content = playing(100);
  const { haves, told } = announcing(content);
  haves.add(content, { from: 50, until: 51 }, START_MS);
  assertEquals(haves.nextMs(), START_MS + 200);
  haves.flush(START_MS + 200);
  assertEquals(told.length, 1);
});

Deno.test("Haves gathers for two seconds what plays later and others hold too, and tells it as ranges", () => {
  const content = playing(100);
  const { haves, told } = announcing(content);
  linkTo(2, content).announce(content, 0, 100);
  for (const leaf of [52, 50, 60, 51]) {
    haves.add(content, { from: leaf, until: leaf + 1 }, START_MS);
    haves.flush(START_MS);
  }
  assertEquals(told, []);
  assertEquals(haves.nextMs(), START_MS + 2000);
  haves.flush(START_MS + 2000);
  assertEquals(told.map(({ ranges }) => ranges), [
    [{ from: 50, until: 53 }, { from: 60, until: 61 }],
  ]);
});

Deno.test("Haves never tells a peer what it said it holds", () => {
  const content = playing(100);
  const { haves, link, told } = announcing(content);
  link.announce(content, 5, 6);
  haves.add(content, { from: 5, until: 6 }, START_MS);
  haves.add(content, { from: 50, until: 51 }, START_MS);
  link.announce(content, 50, 51);
  haves.flush(START_MS + 5000);
  assertEquals(told, []);
});

Deno.test("Haves without sharing tells nobody anything", () => {
  const content = playing(100);
  const { haves, link, told } = announcing(content, false);
  content.held.add(0, 50);
  haves.addAll(link, content);
  haves.add(content, { from: 60, until: 61 }, START_MS);
  haves.flush(START_MS + 5000);
  assertEquals(told, []);
});

Deno.test("Haves about more than HAVE_RANGES_MAX ranges takes several messages", () => {
  const leaves = 2 * HAVE_RANGES_MAX + 10;
  const content = contentOf(sample(1));
  Object.defineProperty(content, "held", { value: new LeafSet(leaves) });
  for (let leaf = 0; leaf < leaves; leaf += 2) content.held.add(leaf, leaf + 1);
  const { haves, link, told } = announcing(content);
  haves.addAll(link, content);
  haves.flush(START_MS);
  assertEquals(told.map(({ ranges }) => ranges.length), [HAVE_RANGES_MAX, 5]);
});

Deno.test("Haves forgets links that are gone and contents that are closed", () => {
  const content = playing(100);
  const { haves, link, told } = announcing(content);
  haves.add(content, { from: 5, until: 6 }, START_MS);
  haves.dropContent(content);
  haves.add(content, { from: 6, until: 7 }, START_MS);
  haves.dropLink(link);
  haves.flush(START_MS + 5000);
  assertEquals(told, []);
});
