import { assert, assertEquals } from "@std/assert";
import {
  LINKS_DIALLED_MAX,
  LINKS_DIALLED_SHORT_MAX,
  MEMBERS_MAX,
} from "../../lib/limits.ts";
import { Members } from "../../lib/swarm/members.ts";
import { idOf, START_MS } from "./support.ts";

const SELF = idOf(0);
const peer = (n: number) => ({ id: idOf(n), host: "192.0.2.1", port: n });
const peers = (count: number, from = 1) =>
  Array.from({ length: count }, (_, i) => peer(from + i));
const first = () => 0;

Deno.test("Members dials each peer once, and never more than LINKS_DIALLED_MAX", () => {
  const members = new Members(SELF);
  members.add(peers(LINKS_DIALLED_MAX + 10));
  const dialled = members.toDial(START_MS, first);
  assertEquals(dialled.length, LINKS_DIALLED_MAX);
  assertEquals(new Set(dialled.map(({ id }) => id)).size, LINKS_DIALLED_MAX);
  assertEquals(members.toDial(START_MS, first), []);
});

Deno.test("Members remembers MEMBERS_MAX peers and leaves out the rest", () => {
  const members = new Members(SELF);
  members.add(peers(MEMBERS_MAX + 1));
  const dialled = new Set<string>();
  for (let nowMs = START_MS;; nowMs++) {
    const batch = members.toDial(nowMs, first);
    if (batch.length === 0) break;
    for (const { id } of batch) {
      dialled.add(id);
      for (let i = 0; i < 3; i++) members.dialFailed(id, nowMs);
      members.drop([id]);
    }
  }
  assertEquals(dialled.size, MEMBERS_MAX);
});

Deno.test("Members never dials itself, a banned peer, or one that is linked already", () => {
  const members = new Members(SELF);
  assert(members.linked(idOf(3)), "it dialled us before we heard of it");
  members.ban(idOf(2));
  members.add([{ ...peer(1), id: SELF }, peer(2), peer(3), peer(4)]);
  assertEquals(members.toDial(START_MS, first), [peer(4)]);
  assertEquals(members.linked(idOf(2)), false);
  assertEquals(members.linked(SELF), false);
});

Deno.test("Members waits longer after each failed dial, then forgets the peer", () => {
  const members = new Members(SELF);
  members.add([peer(1)]);
  let nowMs = START_MS;
  const waits: number[] = [];
  while (members.toDial(nowMs, first).length > 0) {
    members.dialFailed(idOf(1), nowMs);
    const nextMs = members.nextDialMs();
    if (nextMs === Infinity) break;
    waits.push(nextMs - nowMs);
    nowMs = nextMs;
  }
  assertEquals(waits, [2000, 4000]);
  members.add([peer(1)]);
  assertEquals(members.toDial(nowMs, first), [peer(1)], "named again");
});

Deno.test("Members dials up to LINKS_DIALLED_SHORT_MAX while the usual links bring too little", () => {
  const members = new Members(SELF);
  members.add(peers(LINKS_DIALLED_SHORT_MAX + 10));
  const dialled = members.toDial(START_MS, first);
  assertEquals(members.nextDialMs() > START_MS, true);
  members.short = true;
  dialled.push(...members.toDial(START_MS, first));
  assertEquals(dialled.length, LINKS_DIALLED_SHORT_MAX);
});

Deno.test("a dial that becomes another's link gives its place back", () => {
  const members = new Members(SELF);
  members.add(peers(LINKS_DIALLED_MAX + 1));
  const dialled = members.toDial(START_MS, first).map(({ id }) => id);
  assertEquals(dialled.length, LINKS_DIALLED_MAX);
  const nextMs = members.nextDialMs();
  assert(nextMs > START_MS && nextMs < START_MS + 60_000);
  const [last] = members.toDial(nextMs, first);
  assertEquals(dialled.includes(last!.id), false);
});

Deno.test("Members dials a lost peer again after a while", () => {
  const members = new Members(SELF);
  members.add([peer(1)]);
  members.toDial(START_MS, first);
  members.linked(idOf(1));
  assertEquals(members.nextDialMs(), Infinity);
  members.unlinked(idOf(1), START_MS);
  assertEquals(members.toDial(START_MS, first), []);
  assertEquals(members.toDial(members.nextDialMs(), first), [peer(1)]);
});

Deno.test("a peer that has left is not dialled again", () => {
  const members = new Members(SELF);
  members.add([peer(1)]);
  members.drop([idOf(1)]);
  assertEquals(members.toDial(START_MS, first), []);
});

Deno.test("Members dials a peer by IPv6 first, and hears of it at either place", () => {
  const members = new Members(SELF);
  const four = { host: "8.8.4.4", port: 7160 };
  const six = { host: "2a00:1450::1", port: 7160 };
  members.add([{ id: idOf(1), ...four, also: six }]);
  for (const place of [four, six]) {
    assert(members.isNamed({ id: idOf(1), ...place }));
  }
  assertEquals(members.elsewhere({ id: idOf(1), ...six }), [
    { id: idOf(1), ...four },
  ]);
  assertEquals(members.elsewhere({ ...peer(9), id: idOf(1) }), []);
  const teller = { id: 1, reach: "world" as const };
  const told = [{ id: idOf(1), ...four }];
  assertEquals(members.hear(teller, told, "", START_MS), [idOf(1)]);
  assertEquals(members.toDial(START_MS, first), [
    { id: idOf(1), ...six, also: four },
  ]);
});

Deno.test("Members keeps to this network for a peer that a gateway names elsewhere, and dials it before all others", () => {
  const members = new Members(SELF);
  const near = { host: "192.168.1.7", port: 7160 };
  members.add(peers(LINKS_DIALLED_MAX));
  members.add([{ id: idOf(100), ...near }]);
  members.add([{ id: idOf(100), host: "8.8.4.4", port: 7160 }]);
  const [dialled] = members.toDial(START_MS, first);
  assertEquals([dialled?.id, dialled?.host], [idOf(100), near.host]);
});
