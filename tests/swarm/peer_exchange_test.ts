/**
 * What peers are told of each other, and of what else is heard here.
 */
import { assert, assertEquals } from "@std/assert";
import {
  GUESTS_MAX,
  HEARD_PER_NETWORK_MAX,
  LINKS_DIALLED_MAX,
  LINKS_DIALLED_SHORT_MAX,
  LINKS_MAX,
  PEERS_MESSAGES_BURST,
  PEERS_TOLD_MAX,
  PLACES_PER_NETWORK_MAX,
} from "../../lib/limits.ts";
import { Members } from "../../lib/swarm/members.ts";
import { Lab, type LabPeer, SELF } from "./lab.ts";
import { idOf, sample, START_MS } from "./support.ts";

const JAZZ_FILE = sample(4, 1);
const NEWS_FILE = sample(5, 2);
const JAZZ = { station: "https://jazz.example/playlist.rss" };
const NEWS = { station: "https://news.example/playlist.rss" };
const place = (n: number, host = `11.${n >> 8 & 255}.${n & 255}.1`) => ({
  id: idOf(n),
  host,
  port: 7160,
});

/** A peer dials us from its own address, hears the station, and answers there if it can be dialled. */
function comes(lab: Lab, n: number, reachable = true, file = JAZZ_FILE) {
  const peer = lab.peer(n, false, 1_000_000, place(n).host);
  peer.offers(file);
  lab.run();
  const probe = lab.did("probe").find(({ link }) => link === peer.link);
  if (reachable && probe !== undefined) {
    lab.engine.handleProbed(peer.link, probe.peer, lab.nowMs);
  }
  lab.run();
  return peer;
}

/** Places for those who dial in, besides the guests'. */
const ROOM = LINKS_MAX - LINKS_DIALLED_SHORT_MAX - GUESTS_MAX;

/** All places are taken, each by a listener of another network. */
function fill(lab: Lab): LabPeer[] {
  return Array.from({ length: ROOM }, (_, n) => comes(lab, n + 1));
}

const toldOf = (peer: LabPeer) =>
  peer.all("peers").flatMap(({ add }) => add.map(({ id }) => id)).sort();

Deno.test("a peer of one station learns nothing of another", () => {
  const lab = new Lab();
  lab.open(JAZZ_FILE, JAZZ);
  lab.open(NEWS_FILE, NEWS);
  const stranger = lab.peer(1, false, 1e6, place(1).host);
  lab.run();
  assertEquals(stranger.all("open"), [], "who shows nothing is told nothing");
  const ann = comes(lab, 2);
  assertEquals(ann.all("open").map(({ key }) => key), [JAZZ_FILE.root]);
  comes(lab, 3, true, NEWS_FILE);
  lab.run(120_000);
  assertEquals(toldOf(ann), [], "nor of its peers");
});

Deno.test("a peer that was named for a station is told of all its contents, and of no others", () => {
  const lab = new Lab();
  const now = lab.open(JAZZ_FILE, JAZZ);
  lab.engine.addPeers(now, [place(1)], lab.nowMs);
  lab.open(NEWS_FILE, NEWS);
  const next = sample(6, 3);
  lab.open(next, JAZZ);
  const ann = lab.peer(1);
  lab.run();
  assertEquals(ann.all("open").map(({ key }) => key), [
    JAZZ_FILE.root,
    next.root,
  ]);
});

Deno.test("a file of two stations shows neither to those of the other", () => {
  const lab = new Lab();
  lab.open(JAZZ_FILE, JAZZ);
  lab.open(JAZZ_FILE, NEWS);
  lab.open(NEWS_FILE, NEWS);
  const ann = comes(lab, 1);
  assertEquals(ann.all("open").map(({ key }) => key), [JAZZ_FILE.root]);
});

Deno.test("peers are told of those that answer where they came from, and of no others", () => {
  const lab = new Lab();
  lab.open(JAZZ_FILE, JAZZ);
  const ann = comes(lab, 1);
  const bob = comes(lab, 2);
  comes(lab, 3, false); // Nobody can dial it.
  const idle = lab.peer(4, false, 0, place(4).host); // It gives nothing.
  idle.offers(JAZZ_FILE);
  lab.run(120_000);
  assertEquals(toldOf(ann), [idOf(2)]);
  assertEquals(toldOf(bob), [idOf(1)]);
  assertEquals(ann.all("peers")[0]!.add, [place(2)]);
  const asked = lab.did("probe").map(({ peer }) => peer.id);
  assertEquals(asked, [idOf(1), idOf(2), idOf(3)], "each once");
});

Deno.test("a peer that has gone or was banned is told of no more", () => {
  const lab = new Lab();
  const content = lab.open(JAZZ_FILE, JAZZ);
  content.gateway = "none";
  const [ann, bob, liar] = [comes(lab, 1), comes(lab, 2), comes(lab, 3)];
  lab.run(10_000);
  assertEquals(toldOf(ann), [idOf(2), idOf(3)]);
  bob.leaves();
  liar.say({ type: "close", channel: 0 });
  liar.offers(JAZZ_FILE, 0, 999);
  lab.run(120_000);
  assertEquals(liar.closed, "Have past the end");
  const drops = ann.all("peers").flatMap(({ drop }) => drop).sort();
  assertEquals(drops, [idOf(2), idOf(3)]);
  assertEquals(content.heard.size, 0);
});

Deno.test("where a gateway names members, peers tell of them only after half a minute, and at once when it is lost", () => {
  for (const lost of [false, true]) {
    const lab = new Lab();
    const content = lab.open(JAZZ_FILE, JAZZ);
    const ann = comes(lab, 1);
    comes(lab, 2);
    lab.run(20_000);
    assertEquals(toldOf(ann), []);
    if (lost) content.gateway = "none";
    comes(lab, 3);
    lab.run(4_000);
    assertEquals(toldOf(ann), lost ? [idOf(2), idOf(3)] : []);
    lab.run(10_000);
    assertEquals(toldOf(ann), [idOf(2), idOf(3)]);
  }
});

Deno.test("an address of this network is told in this network alone", () => {
  const lab = new Lab();
  lab.open(JAZZ_FILE, JAZZ);
  const home = lab.peer(1, false, 1e6, "192.168.1.7");
  home.offers(JAZZ_FILE);
  lab.run();
  const [probe] = lab.did("probe");
  lab.engine.handleProbed(home.link, probe!.peer, lab.nowMs);
  const far = comes(lab, 2);
  lab.run(120_000);
  assertEquals(toldOf(far), []);
  assertEquals(toldOf(home), [idOf(2)]);
});

Deno.test("a link is told one message a minute in the long run, PEERS_TOLD_MAX peers each", () => {
  const lab = new Lab();
  lab.open(JAZZ_FILE, JAZZ);
  const ann = comes(lab, 1);
  for (let n = 2; n < 50; n++) {
    comes(lab, n);
    lab.run(12_000);
  }
  const messages = ann.all("peers");
  assert(messages.length <= PEERS_MESSAGES_BURST + 10, `${messages.length}`);
  for (const { add } of messages) assert(add.length <= PEERS_TOLD_MAX);
  lab.run(60_000);
  assertEquals(toldOf(ann).length, 48);
});

Deno.test("a link that tells too often is not listened to", () => {
  const lab = new Lab();
  const content = lab.open(JAZZ_FILE, JAZZ);
  const ann = comes(lab, 1);
  for (let n = 0; n < 20; n++) {
    ann.say({ type: "peers", channel: 0, add: [place(100 + n)], drop: [] });
  }
  assertEquals(content.heard.size, PEERS_MESSAGES_BURST);
});

Deno.test("what is heard is dialled, and forgotten with those who told it", () => {
  const lab = new Lab();
  const content = lab.open(JAZZ_FILE, JAZZ);
  const ann = comes(lab, 1);
  const add = [place(100), place(101), place(SELF)];
  ann.say({ type: "peers", channel: 0, add, drop: [] });
  lab.run();
  const dialled = lab.did("dial").map(({ peer }) => peer.id).sort();
  assertEquals(dialled, [idOf(100), idOf(101)]);
  assertEquals([...content.heard].sort(), [idOf(100), idOf(101)]);
  const next = lab.open(sample(6, 3), JAZZ);
  assertEquals(next.heard, content.heard, "members outlive items");
  ann.say({ type: "peers", channel: 0, add: [], drop: [idOf(100)] });
  assertEquals([...content.heard], [idOf(101)]);
  ann.leaves();
  assertEquals(content.heard.size, 0);
});

Deno.test("who was heard of and does not answer, or is banned, counts no more among those who fetch", () => {
  const lab = new Lab();
  const content = lab.open(JAZZ_FILE, JAZZ);
  const ann = comes(lab, 1);
  const add = [place(100), place(101)];
  ann.say({ type: "peers", channel: 0, add, drop: [] });
  lab.run();
  lab.engine.handleDialFailed(idOf(100), lab.nowMs);
  assertEquals([...content.heard], [idOf(101)]);
  const bob = lab.dialled(place(101));
  bob.offers(JAZZ_FILE);
  bob.offers(JAZZ_FILE);
  assertEquals([...content.heard], [], "a channel opened twice");
});

Deno.test("nobody is sent to a privileged port, to this machine, or twice to one who does not answer", () => {
  const members = new Members(idOf(SELF));
  const far = { id: 1, reach: "world" } as const;
  const hear = (...peers: ReturnType<typeof place>[]) =>
    members.hear(far, peers, "s", START_MS);
  assertEquals(hear({ ...place(1), port: 80 }), []);
  assertEquals(hear(place(2, "127.0.0.1"), place(3, "192.168.0.1")), []);
  assertEquals(hear(place(4, "224.0.0.1"), place(5, "::1")), []);
  assertEquals(hear(place(6)), [idOf(6)]);
  members.toDial(START_MS, () => 0);
  members.dialFailed(idOf(6), START_MS);
  assertEquals(hear(place(6)), [], "its address is left alone");
  assertEquals(hear({ ...place(6), id: idOf(7) }), [], "under any id");
  members.add([place(6)]);
  assertEquals(members.toDial(START_MS, () => 0).length, 1, "a gateway may");
});

Deno.test("one network has HEARD_PER_NETWORK_MAX places on hearsay", () => {
  const members = new Members(idOf(SELF));
  const many = Array.from({ length: 20 }, (_, n) => place(n, `11.1.1.${n}`));
  const heard = members.hear({ id: 1, reach: "world" }, many, "s", START_MS);
  assertEquals(heard.length, HEARD_PER_NETWORK_MAX);
});

Deno.test("who finds no room is told of others and let go", () => {
  const lab = new Lab();
  lab.open(JAZZ_FILE, JAZZ);
  fill(lab);
  const guest = comes(lab, 1000);
  assertEquals(toldOf(guest).length, PEERS_TOLD_MAX);
  assertEquals(guest.heard.at(-1), { type: "bye" });
  assertEquals(guest.all("have"), []);
  lab.run(20_000);
  assertEquals(guest.closed, true, "even if it does not go by itself");
});

Deno.test("a guest that does not go is not asked again to, and takes nobody's place later", () => {
  const lab = new Lab();
  lab.open(JAZZ_FILE, JAZZ);
  fill(lab);
  const guest = comes(lab, 1000);
  lab.run(9_000);
  comes(lab, 1001);
  lab.run(20_000);
  assertEquals(guest.all("bye").length, 1);
  assertEquals(guest.closed, true);
});

Deno.test("a peer that we dialled is news to the others, as one that dialled us", () => {
  const lab = new Lab();
  const content = lab.open(JAZZ_FILE, JAZZ);
  const ann = comes(lab, 1);
  lab.run(40_000);
  lab.engine.addPeers(content, [place(2)], lab.nowMs);
  lab.run();
  lab.dialled(place(2)).offers(JAZZ_FILE);
  lab.run(120_000);
  assertEquals(toldOf(ann), [idOf(2)]);
});

Deno.test("with its last content a station is left: its peers are let go, forgotten and dialled no more", () => {
  const lab = new Lab();
  const content = lab.open(JAZZ_FILE, JAZZ);
  const next = lab.open(sample(6, 3), JAZZ);
  lab.open(NEWS_FILE, NEWS);
  lab.engine.addPeers(content, [place(3), place(4)], lab.nowMs);
  const ann = comes(lab, 1);
  const bob = comes(lab, 2);
  bob.offers(NEWS_FILE, 0, 0, 1);
  lab.run();
  lab.engine.handleDialFailed(idOf(3), lab.nowMs);
  lab.engine.close(content, lab.nowMs);
  lab.run();
  assertEquals(ann.all("bye"), [], "the next item is of it, too");
  const dials = lab.did("dial").length;
  lab.engine.close(next, lab.nowMs);
  lab.run(120_000);
  assertEquals(ann.all("bye").length, 1);
  assertEquals(bob.all("bye"), [], "it hears another station with us");
  assertEquals(lab.did("leave").map(({ station }) => station), [JAZZ.station]);
  assertEquals(lab.did("dial").length, dials);
  const again = lab.open(JAZZ_FILE, JAZZ);
  assertEquals([...again.heard], []);
});

Deno.test("who finds no room takes the place of who has long asked for nothing that presses", () => {
  const lab = new Lab();
  const content = lab.open(JAZZ_FILE, JAZZ);
  lab.engine.addHeld(content, 0, 4, lab.nowMs);
  const peers = fill(lab);
  lab.run(15_000);
  const press = (peer: LabPeer, deadlineMs: number) =>
    peer.say({ type: "request", channel: 0, from: 0, count: 1, deadlineMs });
  const [calm, ...others] = peers as [LabPeer, ...LabPeer[]];
  for (const peer of others) press(peer, 2_000);
  press(calm, 4_000);
  lab.run(6_000);
  const guest = comes(lab, 1000);
  assertEquals(toldOf(guest).length, PEERS_TOLD_MAX);
  assertEquals(calm.heard.at(-1), { type: "bye" });
  assertEquals(guest.all("bye"), []);
  const ranges = guest.all("have").flatMap(({ ranges }) => ranges);
  assertEquals(ranges, [{ from: 0, until: 4 }]);
  assertEquals(comes(lab, 1001).heard.at(-1), { type: "bye" }, "one each");
  lab.run(60_000);
  const told = others.flatMap(toldOf).filter((id) => id === guest.id);
  assertEquals(told.length, others.length, "and others are told of it");
});

Deno.test("one network has PLACES_PER_NETWORK_MAX guests at a time, and keeps as many places", () => {
  const lab = new Lab();
  const content = lab.open(JAZZ_FILE, JAZZ);
  lab.engine.addHeld(content, 0, 4, lab.nowMs);
  const taken = Array.from({ length: ROOM }, (_, n) => {
    const peer = lab.peer(n + 1, false, 1e6, `11.9.9.${n + 1}`);
    peer.offers(JAZZ_FILE);
    return peer;
  });
  const silent = Array.from(
    { length: 2 * PLACES_PER_NETWORK_MAX },
    (_, n) => lab.silentPeer(100 + n, false, "11.9.9.1"),
  );
  lab.run();
  const closed = silent.filter(({ closed }) => closed);
  assertEquals(closed.length, PLACES_PER_NETWORK_MAX);
  const isToGo = (peer: LabPeer) => peer.all("bye").length > 0;
  const stayed = (n: number) => {
    const peer = comes(lab, 1000 + n);
    for (const other of taken.filter(isToGo)) other.leaves();
    return !isToGo(peer);
  };
  const places = Array.from({ length: ROOM }, (_, n) => stayed(n));
  const given = ROOM - PLACES_PER_NETWORK_MAX;
  assertEquals(places.lastIndexOf(true), given - 1);
  assertEquals(taken.filter(isToGo).length, given);
});

Deno.test("a network that takes places and leaves them takes no more", () => {
  const lab = new Lab();
  lab.open(JAZZ_FILE, JAZZ);
  const peers = fill(lab);
  lab.run(21_000);
  for (let n = 0; n < 3 * PLACES_PER_NETWORK_MAX; n++) {
    const guest = lab.peer(1000 + n, false, 1e6, `11.9.9.${n}`);
    guest.offers(JAZZ_FILE);
    lab.run(100);
    guest.leaves();
  }
  const gone = peers.filter((peer) => peer.all("bye").length > 0);
  assertEquals(gone.length, PLACES_PER_NETWORK_MAX);
});

Deno.test("a guest that shows nothing it came for is closed", () => {
  const lab = new Lab();
  lab.open(JAZZ_FILE, JAZZ);
  fill(lab);
  const guest = lab.peer(1000, false, 1e6, place(1000).host);
  lab.run(9_000);
  assertEquals(guest.closed, false);
  lab.run(2_000);
  assertEquals(guest.closed, true);
});

Deno.test("a peer that says goodbye is not dialled again for half a minute", () => {
  const lab = new Lab();
  const content = lab.open(JAZZ_FILE, JAZZ);
  lab.engine.addPeers(content, [place(1)], lab.nowMs);
  lab.run();
  const ann = lab.peer(1, true);
  ann.say({ type: "bye" });
  lab.run(25_000);
  assertEquals(ann.closed, true);
  assertEquals(lab.did("dial").length, 1);
  lab.run(10_000);
  assertEquals(lab.did("dial").length, 2);
});

Deno.test("each station has its own places for links", () => {
  const members = new Members(idOf(SELF));
  const many = Array.from({ length: 200 }, (_, n) => place(n + 1));
  members.add(many, "large");
  members.add([place(500)], "small");
  const dialled = members.toDial(START_MS, () => 0.5).map(({ id }) => id);
  assertEquals(dialled.length, LINKS_DIALLED_MAX + 1);
  assert(dialled.includes(idOf(500)));
});

Deno.test("peers of this network are dialled first", () => {
  const members = new Members(idOf(SELF));
  members.add(Array.from({ length: 50 }, (_, n) => place(n + 1)), "s");
  members.add([place(99, "192.168.1.9")], "s");
  const dialled = members.toDial(START_MS, () => 0.5);
  assertEquals(dialled[0]!.id, idOf(99));
});

Deno.test("a peer with addresses of both families is told of by the one of whoever is told, once it answers there", () => {
  const six = "2a00:1450::1";
  const [four, other] = [place(1).host, place(2).host];
  for (const answers of [true, false]) {
    const lab = new Lab();
    const content = lab.open(JAZZ_FILE, JAZZ);
    content.gateway = "none";
    const both = { ...place(1), also: { host: six, port: 7161 } };
    lab.engine.addPeers(content, [both], lab.nowMs);
    const ann = lab.peer(1, false, 1e6, four);
    ann.offers(JAZZ_FILE);
    lab.run();
    const [probe, ...more] = lab.did("probe");
    assertEquals(more, [], "where it is named it need not be asked");
    const there = { id: idOf(1), host: six, port: 7161 };
    assertEquals(probe?.peer, there);
    if (answers) lab.engine.handleProbed(ann.link, there, lab.nowMs);
    const listeners = [other, "2a02:26f0::9"].map((host, i) => {
      const peer = lab.peer(2 + i, false, 1e6, host);
      peer.offers(JAZZ_FILE);
      return peer;
    });
    lab.run(5_000);
    const hosts = listeners.map((peer) =>
      peer.all("peers").flatMap(({ add }) => add.map(({ host }) => host))
    );
    assertEquals(hosts, [[four], [answers ? six : four]]);
  }
});
