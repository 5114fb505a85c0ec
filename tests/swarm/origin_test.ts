import { assert, assertEquals } from "@std/assert";
import { HASH_BYTES, LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import { ORIGIN_CONNECTIONS_MAX } from "../../lib/limits.ts";
import type { Content } from "../../lib/swarm/content.ts";
import { WHOLE_STEP_MS } from "../../lib/swarm/planning.ts";
import { Lab, SELF } from "./lab.ts";
import { bring, FILE, lastFetch, play } from "./origin_bench.ts";
import { idOf, leavesOf, sample, specOf, URL_OF_FILE } from "./support.ts";

Deno.test("with a gateway the origin is asked by lease, and the end is reported", () => {
  const lab = new Lab();
  const content = play(lab);
  lab.run();
  const [wish] = lab.did("lease");
  assertEquals([wish?.from, wish?.chunks], [0, 4]);
  assert(wish!.until >= 15, "as far as the lead reaches");
  assertEquals(lab.did("fetch"), []);
  const lease = { from: 0, until: 4, source: URL_OF_FILE };
  lab.engine.handleLease(content, lease);
  lab.run(40);
  assertEquals([lastFetch(lab).from, lastFetch(lab).until], [0, 4]);
  bring(lab);
  lab.run();
  const [done] = lab.did("done");
  assertEquals([done?.from, done?.until, done?.ok, done?.ms], [0, 4, true, 40]);
  assertEquals(content.held.count, 4);
  assertEquals(lab.engine.stats.bytesFromOrigin, 4 * LEAF_BYTES);
});

Deno.test("a lease is asked for one at a time, again when no answer came, and not while told to wait", () => {
  const lab = new Lab();
  // Nothing plays for a while, so that rank stays out of it.
  const content = play(lab);
  content.playhead!.atMs += 8_000;
  lab.run(900);
  assertEquals(lab.did("lease").length, 1);
  lab.run(350);
  assertEquals(lab.did("lease").length, 2);
  lab.engine.handleWait(content, lab.nowMs + 2_000);
  lab.run(1_900);
  assertEquals(lab.did("lease").length, 2);
  lab.run(400);
  assertEquals(lab.did("lease").length, 3);
});

Deno.test("a lease that does not come in time is no veto", () => {
  const lab = new Lab();
  play(lab);
  lab.run(1_400);
  assertEquals(lab.did("fetch"), []);
  lab.run(400);
  assertEquals(lastFetch(lab).from, 0);
});

Deno.test("who could link with none of those who are named fetches what plays soon, whatever the gateway says", () => {
  for (const linked of [false, true]) {
    const lab = new Lab();
    const content = play(lab);
    content.playhead!.atMs += 9_000;
    const names = Array.from({ length: 50 }, (_, n) => idOf(n + 1));
    for (const name of names) content.members.add(name);
    if (linked) lab.peer(1).offers(FILE, 0, 0);
    for (let ms = 0; ms < 6_500; ms += 100) {
      lab.engine.handleWait(content, lab.nowMs + 300);
      lab.run(100);
    }
    assertEquals(lab.did("fetch").length > 0, !linked);
  }
});

Deno.test("where uplinks are scarce, what a peer holds and cannot send in time is fetched in turn", () => {
  const lab = new Lab();
  const file = sample(200);
  const content = play(lab, 0, file);
  lab.engine.addHeld(content, 0, 64, lab.nowMs);
  content.leadMs = 20_000;
  lab.run(60_100);
  const ann = lab.peer(1);
  ann.offers(file);
  const queueBytes = 60_000_000; // A minute's work.
  const ranges = [{ from: 0, until: 200 }];
  ann.say({ type: "have", channel: 0, queueBytes, ranges });
  assertEquals(lab.did("fetch"), []);
  lab.run(4_000);
  const { from } = lab.did("fetch")[0]!;
  assertEquals(from >= 64 && from < 79, true, `in turn with Ann: ${from}`);
});

Deno.test("where peers carry what is played, what is late and on its way to us is not fetched for all that", () => {
  const lab = new Lab();
  const content = play(lab);
  content.playhead!.atMs -= 2_000;
  const ann = lab.peer(1, true);
  ann.offers(FILE);
  const ranges = [{ from: 0, until: FILE.layer.length / 32 }];
  // Three seconds' work: more than a peer is given for what is late.
  ann.say({ type: "have", channel: 0, queueBytes: 3_000_000, ranges });
  for (let ms = 0; ms < 1_000; ms += 100) {
    lab.engine.handleWait(content, lab.nowMs + 300);
    lab.run(100);
  }
  assertEquals(lab.did("fetch"), []);
});

Deno.test("a lease from which parts are held is fetched gap by gap and reported once", () => {
  const lab = new Lab();
  const content = play(lab);
  lab.engine.addHeld(content, 1, 3, lab.nowMs);
  const lease = { from: 0, until: 6, source: URL_OF_FILE };
  lab.engine.handleLease(content, lease);
  lab.run();
  assertEquals(lab.did("fetch").map(({ from, until }) => [from, until]), [
    [0, 1],
    [3, 6],
  ]);
  bring(lab);
  lab.run();
  assertEquals(lab.did("done").length, 1);
  const late = { from: 1, until: 3, source: URL_OF_FILE };
  lab.engine.handleLease(content, late);
  lab.run();
  assertEquals(lab.did("done").at(-1)?.ok, true, "all of it is here already");
});

Deno.test("what came before its hash is passed over, and its lease reported as not fetched", () => {
  const lab = new Lab();
  const key = "88".repeat(32);
  const spec = specOf(FILE, { key, trust: "provisional" });
  const content = lab.engine.open(spec, lab.nowMs);
  content.bulk = true;
  content.gateway = "ready";
  content.hashes?.addRun(0, FILE.layer.subarray(0, 2 * HASH_BYTES));
  lab.engine.handleLease(content, { from: 0, until: 4, source: URL_OF_FILE });
  lab.run();
  bring(lab);
  lab.run();
  assertEquals([...content.held.ranges()], [{ from: 0, until: 2 }]);
  const [done] = lab.did("done");
  assertEquals([done?.from, done?.until, done?.ok], [0, 4, false]);
});

Deno.test("leases that make no sense are left alone", () => {
  const lab = new Lab();
  const content = play(lab);
  for (const [from, until] of [[-1, 2], [3, 3], [4, 2], [59, 62]] as const) {
    lab.engine.handleLease(content, { from, until, source: URL_OF_FILE });
  }
  lab.run();
  assertEquals(lab.did("fetch"), []);
});

Deno.test("no server is asked over more than ORIGIN_CONNECTIONS_MAX connections", () => {
  const lab = new Lab();
  const content = play(lab);
  const mirror = "https://gateway.example/copy";
  for (let i = 0; i < 4; i++) {
    const [from, until] = [2 * i, 2 * i + 2];
    lab.engine.handleLease(content, { from, until, source: URL_OF_FILE });
  }
  lab.run();
  assertEquals(lab.did("fetch").length, ORIGIN_CONNECTIONS_MAX);
  bring(lab);
  lab.run();
  assertEquals(lab.did("fetch").length, ORIGIN_CONNECTIONS_MAX + 1);
  const other = play(lab, 0, sample(9, 0, 3));
  lab.engine.handleLease(other, { from: 0, until: 2, source: mirror });
  lab.run();
  assertEquals(lastFetch(lab).source, mirror, "another server");
});

Deno.test("wrong bytes from the origin are a mismatch, are not stored, and are asked for again later", () => {
  const lab = new Lab();
  const content = play(lab);
  content.gateway = "none";
  lab.run();
  const { fetch, from, until } = lastFetch(lab);
  const bytes = leavesOf(FILE, from, until);
  bytes[LEAF_BYTES + 3]! ^= 1;
  lab.engine.handleFetchData(fetch, bytes, lab.nowMs);
  lab.run();
  const [mismatch] = lab.did("mismatch");
  assertEquals([mismatch?.source, mismatch?.leaf], [URL_OF_FILE, from + 1]);
  assertEquals(lab.did("abort").map(({ fetch }) => fetch), [fetch]);
  assertEquals(lab.did("store").map(({ from }) => from), [from]);
  assertEquals(lab.did("fetch").length, 1);
  lab.run(1_500);
  assertEquals(lab.did("fetch").length, 2);
});

Deno.test("a fetch that fails is tried again, each time after a longer wait", () => {
  const lab = new Lab();
  const content = play(lab);
  content.gateway = "none";
  const gaps: number[] = [];
  let lastMs = 0;
  for (let i = 0; i < 8; i++) {
    while (lab.did("fetch").length === i) lab.run(100);
    gaps.push(lab.nowMs - lastMs);
    lastMs = lab.nowMs;
    lab.engine.handleFetchEnd(lastFetch(lab).fetch, lab.nowMs);
  }
  const [, first, second, third] = gaps;
  assert(first! >= 1_000 && second! >= 2_000 && third! >= 4_000);
  assert(Math.max(...gaps.slice(1)) <= 31_000);
});

/** An origin that answers at once: brings whatever is asked for, for so long. */
function serve(lab: Lab, forMs: number): void {
  const endMs = lab.nowMs + forMs;
  while (lab.nowMs <= endMs) {
    lab.run();
    const open = lab.did("fetch").filter(({ fetch }) =>
      !lab.did("abort").some((abort) => abort.fetch === fetch)
    );
    for (const { fetch, from, until } of open) {
      lab.engine.handleFetchData(fetch, leavesOf(FILE, from, until), lab.nowMs);
    }
    if (open.length === 0) lab.run(50);
  }
}

/** A member of three that has no gateway and hears nothing of the other two. */
function memberOf(members: number[], self: number): [Lab, Content] {
  const lab = new Lab({ id: idOf(self) });
  const content = play(lab);
  content.gateway = "none";
  for (const member of members) {
    if (member !== self) content.members.add(idOf(member));
  }
  return [lab, content];
}

const THREE = [SELF, SELF + 1, SELF + 2];

Deno.test("without a gateway each chunk is fetched first by one of the members, and by all after a while", () => {
  const first: number[] = [];
  for (const self of THREE) {
    const [lab, content] = memberOf(THREE, self);
    serve(lab, 1_400);
    for (const { from, until } of content.held.ranges(0, 15)) {
      for (let leaf = from; leaf < until; leaf++) first.push(leaf);
    }
    serve(lab, 2_500);
    assertEquals(content.held.hasAll(0, 15), true, "the others are silent");
  }
  assertEquals(first.toSorted((a, b) => a - b), [...Array(15).keys()]);
});

Deno.test("who fetches the rest of a chunk is who fetches the whole", () => {
  const first: number[] = [];
  for (const self of THREE) {
    const lab = new Lab({ id: idOf(self) });
    const content = lab.open(FILE, { chunkLeaves: 4 });
    content.gateway = "none";
    for (const member of THREE) {
      if (member !== self) content.members.add(idOf(member));
    }
    for (let leaf = 0; self === SELF && leaf < 60; leaf += 4) {
      lab.engine.addHeld(content, leaf, leaf + 1, lab.nowMs);
    }
    serve(lab, 600);
    for (let leaf = 0; leaf < 60; leaf += 4) {
      if (content.held.has(leaf + 3)) first.push(leaf);
    }
  }
  const chunks = Array.from({ length: 15 }, (_, n) => 4 * n);
  assertEquals(first.toSorted((a, b) => a - b), chunks);
});

Deno.test("a linked peer that never uploads is not waited for", () => {
  const [lab, content] = memberOf(THREE, SELF);
  for (const idle of THREE.slice(1)) lab.peer(idle, false, 0).offers(FILE);
  serve(lab, 1_000);
  assertEquals(content.held.hasAll(0, 15), true);
});

Deno.test("what a peer can give in time is not asked of the origin", () => {
  const lab = new Lab();
  const content = play(lab, 30);
  content.gateway = "none";
  const ann = lab.peer(SELF + 1);
  ann.offers(FILE, 0, 61);
  lab.run(100);
  assertEquals(lab.did("fetch"), []);
});

Deno.test("what only a peer that lets us down holds is asked of the origin", () => {
  const lab = new Lab();
  const content = play(lab, 30);
  content.gateway = "none";
  const ann = lab.peer(SELF + 1);
  ann.offers(FILE, 0, 61);
  lab.run(4_000);
  assert(lab.did("fetch").length > 0);
});

Deno.test("an origin that knows no Range is read through once, by one connection", () => {
  const lab = new Lab();
  const content = play(lab, 30);
  for (const from of [30, 34]) {
    const lease = { from, until: from + 4, source: URL_OF_FILE };
    lab.engine.handleLease(content, lease);
  }
  lab.run();
  const [first, second] = lab.did("fetch");
  lab.engine.handleFetchStarted(first!.fetch, 0);
  lab.engine.handleFetchStarted(second!.fetch, 0);
  lab.run();
  assertEquals(lab.did("abort").map(({ fetch }) => fetch), [second!.fetch]);
  lab.engine.handleFetchData(first!.fetch, FILE.bytes, lab.nowMs);
  lab.run(3_000);
  assertEquals(content.held.full, true);
  assertEquals(lab.did("fetch").length, 2);
});

Deno.test("without hashes a file is read from the origin alone and told to nobody", () => {
  const lab = new Lab();
  const content = lab.engine.open(specOf(FILE, { trust: "none" }), lab.nowMs);
  content.bulk = true;
  const ann = lab.peer(1);
  ann.offers(FILE, 0, 61);
  lab.run();
  bring(lab, 5);
  lab.run();
  assertEquals(content.held.count, 5);
  assertEquals(ann.heard.map(({ type }) => type), ["hello"]);
});

Deno.test("a provisional content takes its root and goes on under both names", () => {
  const lab = new Lab();
  const key = "77".repeat(32);
  const content = lab.open(FILE, { key, trust: "provisional" });
  lab.engine.addHeld(content, 0, 5, lab.nowMs);
  const { length } = FILE.bytes;
  const ann = lab.peer(1);
  ann.say({ type: "open", channel: 7, key, length });
  lab.run();
  assertEquals(ann.all("have").length, 1);
  // Bob comes later and knows only the root.
  const bob = lab.peer(2);
  bob.offers(FILE, 9, 10);
  lab.run();
  assertEquals(bob.all("request"), []);
  assertEquals(lab.engine.rebind(content, FILE.root), true);
  lab.run();
  // He learns that we mean the same, and tells what he holds.
  bob.has(9, 10);
  lab.run(WHOLE_STEP_MS);
  assertEquals(content.key, FILE.root);
  assertEquals(lab.engine.content(key), content);
  assertEquals(lab.engine.content(FILE.root), content);
  const named = bob.all("open").find(({ key }) => key === FILE.root);
  const [request] = bob.all("request");
  assertEquals(request?.channel, named?.channel, "by the name he knows");
  assertEquals(bob.all("have")[0]?.ranges, [{ from: 0, until: 5 }]);
  assertEquals(ann.all("have").length, 1, "she knows already");
});

Deno.test("a root that the hashes do not prove is refused", () => {
  const lab = new Lab();
  const key = "77".repeat(32);
  const content = lab.open(FILE, { key, trust: "provisional" });
  assertEquals(lab.engine.rebind(content, sample(1).root), false);
  assertEquals(content.key, key);
  const half = lab.engine.open(
    specOf(FILE, { key: "78".repeat(32), trust: "provisional" }),
    lab.nowMs,
  );
  half.hashes?.addRun(0, FILE.layer.subarray(0, 320));
  assertEquals(lab.engine.rebind(half, FILE.root), false, "not all is known");
});

Deno.test("hashes are asked for where they are missing, once a second", () => {
  const lab = new Lab();
  const content = lab.engine.open(specOf(FILE), lab.nowMs);
  content.bulk = true;
  content.gateway = "ready";
  lab.run(2_100);
  assertEquals(lab.did("hashes").map(({ from, count }) => [from, count]), [
    [0, 61],
    [0, 61],
    [0, 61],
  ]);
  assertEquals(lab.did("lease"), [], "nothing that could not be judged");
  content.hashes?.addRun(0, FILE.layer);
  lab.run(3_000);
  assertEquals(lab.did("hashes").length, 3);
  assert(lab.did("lease").length > 0);
});

Deno.test("while the origin fails leases are asked for where the last one was for the gateway's own copy", () => {
  for (const source of [URL_OF_FILE, "https://ocn.example/uri-res/N2R"]) {
    const lab = new Lab();
    const content = play(lab);
    content.playhead!.atMs += 5_000;
    lab.engine.handleLease(content, { from: 0, until: 4, source });
    lab.run();
    if (source !== URL_OF_FILE) bring(lab);
    content.originNotBeforeMs = lab.nowMs + 30_000;
    if (source === URL_OF_FILE) {
      lab.engine.handleFetchEnd(lastFetch(lab).fetch, lab.nowMs);
    }
    const before = lab.did("lease").length;
    lab.run(900);
    const asked = lab.did("lease").length > before;
    assertEquals(asked, source !== URL_OF_FILE);
  }
});

Deno.test("what peers brought is not read on, nor leased, when nothing more is wanted", () => {
  const lab = new Lab();
  const content = play(lab);
  for (const from of [0, 4, 8]) {
    const lease = { from, until: from + 4, source: URL_OF_FILE };
    lab.engine.handleLease(content, lease);
  }
  lab.run();
  assertEquals(lab.did("fetch").length, ORIGIN_CONNECTIONS_MAX);
  lab.engine.addHeld(content, 0, content.leaves, lab.nowMs);
  lab.run();
  assertEquals(lab.did("abort").length, ORIGIN_CONNECTIONS_MAX);
  const done = lab.did("done").map(({ from, until, ok }) => [from, until, ok]);
  assertEquals(done.sort(([a], [b]) => Number(a) - Number(b)), [
    [0, 4, true],
    [4, 8, true],
    [8, 12, true],
  ]);
});

Deno.test("a peer that promises everything and sends nothing keeps no whole file from us", () => {
  for (const gateway of ["none", "ready"] as const) {
    const lab = new Lab();
    const file = sample(16);
    const content = lab.open(file);
    content.gateway = gateway;
    const liar = lab.peer(1, false, 2 ** 40);
    liar.offers(file, 0, 16);
    const endMs = lab.nowMs + 120_000;
    let answered = 0;
    while (lab.nowMs < endMs && !content.held.full) {
      lab.run(500);
      liar.say({ type: "have", channel: 0, queueBytes: 0, ranges: [] });
      const fetches = lab.did("fetch").slice(answered);
      answered += fetches.length;
      for (const { fetch, from, until } of fetches) {
        const bytes = leavesOf(file, from, until);
        lab.engine.handleFetchData(fetch, bytes, lab.nowMs);
      }
    }
    assertEquals(content.held.full, true, gateway);
  }
});
