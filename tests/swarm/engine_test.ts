import { assert, assertEquals, assertThrows } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import {
  CHANNELS_MAX,
  CONTENTS_MAX,
  LINKS_DIALLED_SHORT_MAX,
  LINKS_MAX,
  ORIGIN_CONNECTIONS_MAX,
  WASTED_LEAVES_BURST,
} from "../../lib/limits.ts";
import { LeafSet } from "../../lib/swarm/leaf_set.ts";
import { WHOLE_STEP_MS } from "../../lib/swarm/planning.ts";
import { Lab, type LabPeer, SELF } from "./lab.ts";
import { idOf, leavesOf, sample, specOf, URL_OF_FILE } from "./support.ts";

const FILE = sample(12, 100);
const OTHER = sample(5, 0, 2);
const { length } = FILE.bytes;

Deno.test("a chunk is asked of a peer that holds it, stored, and told to the others", () => {
  const lab = new Lab();
  const content = lab.open(FILE);
  const [ann, bob] = [lab.peer(1), lab.peer(2)];
  ann.offers(FILE, 3, 4);
  bob.offers(FILE);
  lab.run();
  assertEquals(ann.all("request").map(({ from, count }) => [from, count]), [
    [3, 1],
  ]);
  ann.gives(FILE, 3);
  lab.run();
  assertEquals(lab.did("store").map(({ from, bytes }) => [from, bytes]), [
    [3, leavesOf(FILE, 3, 4)],
  ]);
  assertEquals(bob.all("have").at(-1)?.ranges, [{ from: 3, until: 4 }]);
  assertEquals(ann.all("have"), [], "it holds it itself");
  assertEquals(content.held.count, 1);
  assertEquals(lab.engine.stats.bytesFromPeers, LEAF_BYTES);
});

Deno.test("a lying peer is banned at its first wrong byte; nothing of it is stored or passed on", () => {
  const lab = new Lab();
  const content = lab.open(FILE);
  const [liar, bob] = [lab.peer(1, true), lab.peer(2)];
  liar.offers(FILE, 0, 12);
  bob.offers(FILE);
  lab.run();
  const wrong = leavesOf(FILE, 0, 1);
  wrong[77]! ^= 1;
  liar.say({ type: "data", channel: 0, from: 0, bytes: wrong });
  liar.gives(FILE, 1);
  lab.run();
  assertEquals(liar.closed, "it sent bytes that fail their hash");
  assertEquals(
    lab.did("store"),
    [],
    "what came after the lie is not taken either",
  );
  assertEquals(bob.all("have"), []);
  assertEquals(lab.engine.stats.badChunks, 1);
  assertEquals([...content.availability].every((count) => count === 0), true);
  // It comes back under the same name: not for long.
  const again = lab.peer(1);
  lab.run();
  assertEquals(again.closed, true);
});

Deno.test("what a banned peer owed is asked of others in the next step", () => {
  const lab = new Lab();
  lab.open(FILE);
  const [liar, bob] = [lab.peer(1), lab.peer(2)];
  liar.offers(FILE, 5, 6);
  lab.run();
  bob.offers(FILE, 5, 6);
  liar.gives(OTHER, 4, 5);
  liar.say({ type: "data", channel: 0, from: 5, bytes: new Uint8Array(9) });
  lab.run(WHOLE_STEP_MS);
  assertEquals(bob.all("request").map(({ from }) => from), [5]);
});

Deno.test("a request that is late is cancelled and goes elsewhere", () => {
  const lab = new Lab();
  lab.open(FILE);
  const ann = lab.peer(1);
  ann.offers(FILE, 0, 1);
  lab.run();
  const bob = lab.peer(2);
  bob.offers(FILE, 0, 1);
  lab.run(200);
  assertEquals(ann.all("cancel"), []);
  lab.run(1800);
  assertEquals(ann.all("cancel").map(({ from }) => from), [0]);
  assertEquals(bob.all("request").map(({ from }) => from), [0]);
});

Deno.test("what comes late is taken all the same, and not awaited any more", () => {
  const lab = new Lab();
  const content = lab.open(FILE);
  const ann = lab.peer(1);
  ann.offers(FILE, 0, 1);
  lab.run();
  const bob = lab.peer(2);
  bob.offers(FILE, 0, 1);
  lab.run(2000);
  ann.gives(FILE, 0);
  lab.run();
  assertEquals(content.held.has(0), true);
  assertEquals(bob.all("cancel").map(({ from }) => from), [0]);
  assertEquals(content.requests.size, 0);
  bob.gives(FILE, 0);
  assertEquals(lab.engine.stats.duplicateBytes, LEAF_BYTES);
  assertEquals(bob.closed, false);
});

Deno.test("a peer that refuses is left alone for a while, then asked again", () => {
  const lab = new Lab();
  lab.open(FILE);
  const ann = lab.peer(1);
  ann.offers(FILE, 0, 1);
  lab.run();
  const refuse = { type: "refuse", channel: 0, from: 0, count: 1 } as const;
  ann.say(refuse);
  lab.run(400);
  assertEquals(ann.all("request").length, 1);
  lab.run(400);
  assertEquals(ann.all("request").length, 2);
  ann.say(refuse);
  lab.run(900);
  assertEquals(ann.all("request").length, 2, "longer each time");
});

Deno.test("a peer is sent what it asks for, and told no where that cannot be", () => {
  const lab = new Lab();
  const content = lab.open(FILE);
  lab.engine.addHeld(content, 0, 6, lab.nowMs);
  const ann = lab.peer(1);
  ann.offers(FILE);
  lab.run();
  assertEquals(ann.all("have")[0]?.ranges, [{ from: 0, until: 6 }]);
  ann.asks(1, 2);
  ann.asks(5, 2);
  lab.run();
  const [upload] = lab.did("upload");
  assertEquals([upload?.from, upload?.until], [1, 3]);
  assertEquals(ann.all("refuse").map(({ from, count }) => [from, count]), [
    [5, 2],
  ]);
  lab.engine.handleSent(ann.link, 2 * LEAF_BYTES);
  assertEquals(lab.engine.stats.bytesToPeers, 2 * LEAF_BYTES);
});

Deno.test("a piece that cannot be read is refused", () => {
  const lab = new Lab();
  lab.engine.addHeld(lab.open(FILE), 0, 6, lab.nowMs);
  const ann = lab.peer(1);
  ann.offers(FILE);
  ann.asks(1, 2);
  lab.run();
  lab.engine.handleSent(ann.link, 0);
  lab.run();
  assertEquals(ann.all("refuse").map(({ from, count }) => [from, count]), [
    [1, 2],
  ]);
});

Deno.test("what is cancelled is not sent", () => {
  const lab = new Lab();
  lab.engine.addHeld(lab.open(FILE), 0, 12, lab.nowMs);
  const ann = lab.peer(1);
  ann.offers(FILE);
  ann.asks(0, 1);
  ann.asks(1, 1);
  ann.say({ type: "cancel", channel: 0, from: 1, count: 1 });
  lab.run();
  lab.engine.handleSent(ann.link, LEAF_BYTES);
  lab.run();
  assertEquals(lab.did("upload").length, 1);
});

Deno.test("the upload limit holds for far peers", () => {
  const lab = new Lab({ uploadBytesPerSecond: LEAF_BYTES });
  lab.engine.addHeld(lab.open(FILE), 0, 12, lab.nowMs);
  const ann = lab.peer(1);
  ann.offers(FILE);
  for (let leaf = 0; leaf < 12; leaf++) ann.asks(leaf, 1);
  for (let second = 0; second < 6; second++) {
    for (let i = 0; i < 10; i++) {
      lab.run(100);
      lab.engine.handleSent(ann.link, LEAF_BYTES);
    }
  }
  const sent = lab.did("upload").length;
  assert(sent >= 6 && sent <= 8, `${sent}`);
});

Deno.test("without sharing nothing is announced or sent, and no port is told", () => {
  const lab = new Lab({ share: false });
  lab.engine.addHeld(lab.open(FILE), 0, 6, lab.nowMs);
  const ann = lab.peer(1);
  ann.offers(FILE);
  ann.asks(0, 1);
  lab.run(5000);
  const [hello] = ann.all("hello");
  assertEquals([hello?.port, hello?.capacity], [0, 0]);
  assertEquals(ann.all("have"), []);
  assertEquals(lab.did("upload"), []);
  assertEquals(ann.all("refuse").length, 1);
});

Deno.test("two links to one peer become one: the one that the smaller id dialled", () => {
  for (const number of [SELF - 1, SELF + 1]) {
    const weDial = SELF < number;
    const lab = new Lab();
    const theirs = lab.peer(number, false, 1e6, "11.1.1.1");
    const ours = lab.peer(number, true, 1e6, "11.1.1.1");
    lab.run();
    assertEquals([theirs.closed, ours.closed], [weDial, !weDial]);
    assertEquals(lab.engine.links.length, 1);
  }
});

Deno.test("who dials us with the id of one whom we dialled takes neither its place nor its name", () => {
  for (const number of [SELF - 1, SELF + 1]) {
    const lab = new Lab();
    lab.open(FILE);
    const ours = lab.peer(number, true, 1e6, "11.1.1.1");
    const liar = lab.peer(number, false, 1e6, "11.2.2.2");
    liar.say({ type: "have", channel: 0, queueBytes: 0, ranges: [] });
    liar.greets(1e6);
    lab.run();
    assertEquals(ours.closed, false);
    assertEquals(liar.closed !== false, true);
    ours.leaves();
    lab.peer(number, false, 1e6, "11.1.1.1").offers(FILE);
    lab.run();
    assertEquals(lab.engine.links.length, 1, "whoever has the id is welcome");
  }
});

Deno.test("whom we dialled speaks for no other who is here, and is told of only where it was dialled", () => {
  const lab = new Lab();
  lab.open(FILE);
  lab.peer(2, false, 1e6, "11.2.2.2");
  const place = { id: idOf(1), host: "11.1.1.1", port: 7160 };
  const liar = lab.dialled(place, idOf(2));
  lab.run();
  assertEquals(liar.closed, true);
  const other = lab.dialled({ ...place, port: 9999 });
  lab.run();
  const link = lab.engine.links.find(({ id }) => id === other.link);
  assertEquals([link?.peerId, link?.places], [idOf(1), []], "it said 7160");
});

Deno.test("of two links that we dialled to one peer we close the younger", () => {
  const lab = new Lab();
  const [first, second] = [lab.peer(1, true), lab.peer(1, true)];
  lab.run();
  assertEquals([first.closed, second.closed], [false, true]);
});

Deno.test("a peer that breaks the protocol loses its link", () => {
  const breaches = {
    "a frame that is none": new Uint8Array([1]),
    "an empty frame": new Uint8Array(),
  };
  for (const [name, frame] of Object.entries(breaches)) {
    const lab = new Lab();
    const ann = lab.peer(1);
    lab.engine.handleFrame(ann.link, frame, lab.nowMs);
    lab.run();
    assert(typeof ann.closed === "string", name);
  }
});

Deno.test("the rules of messages are kept, or the link ends", () => {
  const hello = { version: 1, id: idOf(9), port: 0, capacity: 0 };
  const open = { channel: 0, key: FILE.root, length };
  const range = (from: number, until: number) => [{ from, until }];
  const have = { type: "have", channel: 0, queueBytes: 0 } as const;
  const breaches = {
    "a second hello": [{ type: "hello", ...hello }],
    "a channel opened twice": [{ type: "open", ...open }, {
      type: "open",
      ...open,
    }],
    "a have past the end": [{ type: "open", ...open }, {
      ...have,
      ranges: range(12, 14),
    }],
    "a request past the end": [{ type: "open", ...open }, {
      type: "request",
      channel: 0,
      from: 12,
      count: 2,
      deadlineMs: 0,
    }],
  } as const;
  for (const [name, messages] of Object.entries(breaches)) {
    const lab = new Lab();
    lab.open(FILE);
    const ann = lab.peer(1);
    for (const message of messages) {
      const { ranges } = message as {
        ranges?: { from: number; until: number }[];
      };
      ann.say(
        ranges === undefined
          ? message as Parameters<typeof ann.say>[0]
          : { ...have, ranges: [...ranges] },
      );
    }
    lab.run();
    assert(typeof ann.closed === "string", name);
  }
  const lab = new Lab();
  const early = lab.silentPeer(1);
  early.say({ type: "bye" });
  const stranger = lab.silentPeer(2);
  stranger.say({ type: "hello", ...hello, version: 2 });
  lab.run();
  assert(typeof early.closed === "string", "a message before hello");
  assert(typeof stranger.closed === "string", "another version");
});

Deno.test("a link that says nothing is closed after a while", () => {
  const lab = new Lab();
  const ann = lab.silentPeer(1);
  lab.run(9_000);
  assertEquals(ann.closed, false);
  lab.run(2_000);
  assertEquals(ann.closed, true);
});

Deno.test("who lets a request run out is relied on again after a while", () => {
  for (const bulk of [true, false]) {
    const lab = new Lab();
    const content = lab.open(FILE);
    content.bulk = bulk;
    const atMs = lab.nowMs + 4_000;
    content.playhead = { offset: 0, atMs, bytesPerSecond: LEAF_BYTES };
    lab.peer(1).offers(FILE, 0, 1);
    lab.run(2_500);
    const [link] = lab.engine.links;
    assertEquals(link?.delivers(lab.nowMs), false);
    assertEquals(link?.delivers(lab.nowMs + 2_000), true);
  }
});

Deno.test("links over LINKS_MAX are closed, and those who dial in leave room for those we dial", () => {
  const lab = new Lab();
  const incoming = LINKS_MAX - LINKS_DIALLED_SHORT_MAX;
  for (let i = 0; i <= incoming; i++) lab.peer(i + 1);
  lab.run();
  assertEquals(lab.engine.links.length, incoming);
  assertEquals(lab.peers.get(incoming + 1)?.closed, true);
  for (let i = 0; i <= LINKS_DIALLED_SHORT_MAX; i++) lab.peer(1000 + i, true);
  lab.run();
  assertEquals(lab.engine.links.length, LINKS_MAX);
});

Deno.test("more than CONTENTS_MAX contents, or a key with two lengths, cannot be opened", () => {
  const lab = new Lab();
  for (let i = 0; i < CONTENTS_MAX; i++) {
    lab.engine.open(specOf(FILE, { key: i.toString(16).padStart(64, "0") }), 0);
  }
  const error = assertThrows(() => lab.open(FILE), AlluviumError);
  assertEquals(error.code, "busy");
  const key = "0".repeat(64);
  const spec = specOf(FILE, { key, length: length - 1 });
  const other = assertThrows(() => lab.engine.open(spec, 0), AlluviumError);
  assertEquals(other.code, "content-mismatch");
});

Deno.test("a peer may have CHANNELS_MAX channels open", () => {
  const lab = new Lab();
  const ann = lab.peer(1);
  for (let channel = 0; channel < CHANNELS_MAX; channel++) {
    ann.offers(FILE, 0, 0, channel);
  }
  lab.run();
  assertEquals(ann.closed, false);
});

Deno.test("closing a content in the middle of everything ends it on all sides", () => {
  const lab = new Lab();
  const content = lab.open(FILE);
  const [ann, bob] = [lab.peer(1), lab.peer(2)];
  ann.offers(FILE, 0, 4);
  bob.offers(FILE);
  lab.engine.addHeld(content, 8, 10, lab.nowMs);
  lab.engine.handleLease(content, { from: 4, until: 6, source: URL_OF_FILE });
  lab.engine.handleLease(content, { from: 6, until: 7, source: URL_OF_FILE });
  lab.engine.handleLease(content, { from: 7, until: 8, source: URL_OF_FILE });
  lab.run();
  bob.asks(8, 1);
  bob.asks(9, 1);
  lab.run();
  lab.engine.close(content, lab.nowMs);
  const fetches = lab.did("fetch").map(({ fetch }) => fetch);
  assertEquals(fetches.length, ORIGIN_CONNECTIONS_MAX);
  lab.run(5000);
  assertEquals(lab.did("abort").map(({ fetch }) => fetch), fetches);
  assertEquals(
    lab.did("done").map(({ from, ok }) => [from, ok]),
    [[4, false], [6, false], [7, false]],
    "leases go back, the one not used yet too",
  );
  assertEquals(ann.all("close").length, 1);
  assertEquals(lab.engine.links[0]?.outstanding, 0);
  // Frames that crossed the close on their way do no harm.
  ann.gives(FILE, 0);
  ann.has(4, 6);
  bob.asks(8, 1);
  lab.run(5000);
  assertEquals([ann.closed, bob.closed], [false, false]);
  assertEquals(lab.did("store"), []);
  // It is opened again: everything is told anew.
  lab.open(FILE);
  lab.run();
  assertEquals(ann.all("open").length, 2);
  ann.has(0, 4);
  const before = ann.all("request").length;
  lab.run(WHOLE_STEP_MS);
  assert(ann.all("request").length > before);
});

Deno.test("a channel is not used again at once for something else", () => {
  const lab = new Lab();
  const content = lab.open(FILE);
  const ann = lab.peer(1);
  lab.run();
  lab.engine.close(content, lab.nowMs);
  lab.open(OTHER);
  lab.run();
  const [first, second] = ann.all("open");
  assert(first!.channel !== second!.channel);
});

Deno.test("when a peer closes a content, what it owed is asked of others in the next step", () => {
  const lab = new Lab();
  lab.open(FILE);
  const ann = lab.peer(1);
  ann.offers(FILE, 0, 2);
  lab.run();
  const bob = lab.peer(2);
  bob.offers(FILE, 0, 2);
  ann.say({ type: "close", channel: 0 });
  lab.run(WHOLE_STEP_MS);
  assertEquals(bob.all("request").map(({ from }) => from).sort(), [0, 1]);
});

Deno.test("leaves found on disk are held, told and not asked for", () => {
  const lab = new Lab();
  const content = lab.open(FILE);
  const ann = lab.peer(1);
  ann.offers(FILE, 0, 3);
  lab.run();
  assertEquals(ann.all("request").length, 2);
  lab.engine.addHeld(content, 0, 12, lab.nowMs);
  lab.run();
  assertEquals(ann.all("cancel").length, 2, "even if they are under way");
  assertEquals(content.requests.size, 0);
  assertEquals(ann.all("have")[0]?.ranges, [{ from: 0, until: 12 }]);
});

Deno.test("a peer is told our port of the family by which it is linked", () => {
  const lab = new Lab({ port: (family) => family === 4 ? 7999 : 7160 });
  const hosts = ["11.0.0.1", "2a00:1450::1", undefined];
  const told = hosts.map((host, i) => {
    const peer = lab.peer(i + 1, false, 1e6, host);
    lab.run();
    return peer.all("hello")[0]?.port;
  });
  assertEquals(told, [7999, 7160, 7999]);
});

Deno.test("what may lie on disk is asked of nobody until it has been looked at", () => {
  const lab = new Lab();
  const file = sample(12, 5, 9);
  const content = lab.open(file);
  content.unchecked = new LeafSet(content.leaves);
  content.unchecked.add(4, 8);
  const ann = lab.peer(1);
  ann.offers(file, 0, 6);
  const source = URL_OF_FILE;
  lab.engine.handleLease(content, { from: 6, until: 13, source });
  const asked = () => {
    lab.run(200);
    return [
      ...ann.all("request").map(({ from, count }) => [from, from + count]),
      ...lab.did("fetch").map(({ from, until }) => [from, until]),
    ];
  };
  const give = () => {
    for (const { from } of ann.all("request")) ann.gives(file, from);
  };
  asked();
  give();
  asked();
  give();
  assertEquals(new Set(asked().flat()), new Set([0, 1, 2, 3, 4, 8, 13]));
  // Half of it was there.
  lab.engine.addHeld(content, 4, 6, lab.nowMs);
  content.unchecked = undefined;
  lab.engine.handleLease(content, { from: 6, until: 8, source });
  assertEquals(asked().at(-1), [6, 8]);
});

const WASTE: [string, (peer: LabPeer) => void][] = [
  ["announces what it had announced", (peer) => peer.has(0, 13)],
  ["opens, announces and closes", (peer) => {
    peer.say({ type: "close", channel: 0 });
    peer.offers(FILE);
    peer.has(0, 13);
  }],
];
for (const [how, waste] of WASTE) {
  Deno.test(`who ${how} over and over is let go after WASTED_LEAVES_BURST leaves`, () => {
    const lab = new Lab();
    lab.open(FILE);
    const ann = lab.peer(1);
    ann.offers(FILE);
    ann.has(0, 13);
    const times = Math.floor(WASTED_LEAVES_BURST / 13) + 1;
    for (let n = 0; n < times; n++) waste(ann);
    assertEquals(ann.closed, false);
    lab.run(10_000);
    for (let n = 0; n < times; n++) waste(ann);
    assertEquals(ann.closed, false, "it may again when time has passed");
    waste(ann);
    lab.run();
    assertEquals(typeof ann.closed, "string");
  });
}

Deno.test("what leaves for a peer that has closed the content meanwhile makes it no holder", () => {
  const lab = new Lab();
  const content = lab.open(FILE);
  lab.engine.addHeld(content, 0, 1, lab.nowMs);
  const ann = lab.peer(1);
  ann.offers(FILE);
  ann.asks(0, 1);
  lab.run();
  assertEquals(lab.did("upload").length, 1);
  ann.say({ type: "close", channel: 0 });
  lab.engine.handleSent(ann.link, LEAF_BYTES);
  assertEquals(content.availability[0], 0);
});

Deno.test("a peer that names a content a second time is not told again what is held of it", () => {
  const lab = new Lab();
  const key = "77".repeat(32);
  const content = lab.open(FILE, { key, trust: "provisional" });
  lab.engine.addHeld(content, 0, 2, lab.nowMs);
  const ann = lab.peer(1);
  const { length } = FILE.bytes;
  ann.say({ type: "open", channel: 0, key, length });
  lab.run(5_000);
  assertEquals(ann.all("have").length, 1);
  assertEquals(lab.engine.rebind(content, FILE.root), true);
  ann.offers(FILE, 0, 0, 1);
  lab.run(5_000);
  assertEquals(ann.all("have").length, 1);
});
