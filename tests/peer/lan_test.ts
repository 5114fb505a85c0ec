/**
 * Listeners that find each other on one network: the records, and the look-out
 * on a network of the test's own.
 */
import { assert, assertEquals } from "@std/assert";
import { LAN_INTERFACES_MAX, LAN_TAGS_MAX } from "../../lib/limits.ts";
import { Lan } from "../../lib/peer/lan.ts";
import {
  LAN_SERVICE,
  lanPeers,
  type LanRecord,
  lanRecords,
  stationTag,
} from "../../lib/peer/lan_records.ts";
import {
  type LanPacket,
  linkZones,
  type Multicast,
} from "../../lib/peer/multicast_sockets.ts";
import { FakeClock } from "../support/fakeclock.ts";

const ID = "ab".repeat(16);
const OTHER = "cd".repeat(16);
const JAZZ = "https://jazz.example/playlist.rss";
const NEWS = "https://news.example/playlist.rss";

Deno.test("lanPeers() reads what lanRecords() wrote", () => {
  const [peer, ...more] = lanPeers(
    lanRecords({ id: ID, port: 7160 }, [JAZZ, NEWS]),
  );
  assertEquals(more, []);
  assertEquals(peer, {
    id: ID,
    port: 7160,
    tags: new Set([stationTag(ID, JAZZ), stationTag(ID, NEWS)]),
  });
});

Deno.test("an announcement names no station, and no two peers have a tag in common", () => {
  const text = JSON.stringify(lanRecords({ id: ID, port: 7160 }, [JAZZ]));
  assert(!text.includes("jazz"));
  assert(stationTag(ID, JAZZ) !== stationTag(OTHER, JAZZ));
});

Deno.test("lanRecords() names LAN_TAGS_MAX stations, lanPeers() reads no more", () => {
  const many = Array.from(
    { length: LAN_TAGS_MAX + 5 },
    (_, i) => `${JAZZ}${i}`,
  );
  const records = lanRecords({ id: ID, port: 1 }, many);
  assertEquals((records[2]!.data as string[]).length, LAN_TAGS_MAX);
  const data = many.map((_, i) => `s=${i.toString(16)}`);
  const [peer] = lanPeers([records[1]!, { ...records[2]!, data }]);
  assertEquals(peer!.tags.size, LAN_TAGS_MAX);
});

Deno.test("lanPeers() passes over what is malformed, foreign, or a goodbye", () => {
  const [, srv, txt] = lanRecords({ id: ID, port: 7160 }, [JAZZ]) as [
    LanRecord,
    LanRecord,
    LanRecord,
  ];
  assertEquals(lanPeers([{ ...srv, name: `x.${LAN_SERVICE}` }, txt]), []);
  assertEquals(lanPeers([{ ...srv, name: `${ID}._http._tcp.local` }]), []);
  assertEquals(lanPeers([{ ...srv, data: "nonsense" }, txt]), []);
  assertEquals(lanPeers(lanRecords({ id: ID, port: 7160 }, [])), []);
  assertEquals(lanPeers([srv])[0]!.tags.size, 0, "no text");
  const bytes = new TextEncoder().encode("s=00ff");
  assertEquals(
    lanPeers([srv, { ...txt, data: bytes }])[0]!.tags.has("00ff"),
    true,
  );
});

/** A network that carries multicast between its members at once. */
class Network {
  readonly sent: string[] = [];
  readonly #members: { host: string; hear: Map<string, Heard[]> }[] = [];

  open(host: string): Multicast {
    const hear = new Map<string, Heard[]>();
    const member = { host, hear };
    this.#members.push(member);
    const tell = (event: string, packet: LanPacket) => {
      this.sent.push(`${host} ${event}`);
      for (const { hear } of this.#members) {
        for (const heard of hear.get(event) ?? []) {
          heard(packet, { address: host });
        }
      }
    };
    return {
      on: (event: string, heard: unknown) => {
        hear.set(event, [...hear.get(event) ?? [], heard as Heard]);
      },
      query: (name) => tell("query", { questions: [{ name }] }),
      respond: ({ answers }) => tell("response", { answers }),
      destroy: (done) => {
        this.#members.splice(this.#members.indexOf(member), 1);
        done?.();
      },
    };
  }
}

type Heard = (packet: LanPacket, from: { address: string }) => void;

function lookOut(network: Network, host: string, id: string, clock: FakeClock) {
  const found: string[] = [];
  const lan = new Lan({
    self: { id, port: 7160 },
    clock,
    log: () => {},
    found: (station, peer) => found.push(`${station} ${peer.id} ${peer.host}`),
    open: () => Promise.resolve([{ multicast: network.open(host) }]),
  });
  return { lan, found };
}

Deno.test("listeners of one station find each other, those of another do not", async () => {
  const [network, clock] = [new Network(), new FakeClock()];
  const ann = lookOut(network, "10.0.0.1", ID, clock);
  const bob = lookOut(network, "10.0.0.2", OTHER, clock);
  const eve = lookOut(network, "10.0.0.3", "ef".repeat(16), clock);
  ann.lan.hear(JAZZ);
  eve.lan.hear(NEWS);
  await clock.advance(10_000);
  bob.lan.hear(JAZZ);
  await clock.advance(2_000);
  assertEquals(new Set(ann.found), new Set([`${JAZZ} ${OTHER} 10.0.0.2`]));
  assertEquals(new Set(bob.found), new Set([`${JAZZ} ${ID} 10.0.0.1`]));
  assertEquals(eve.found, []);
  for (const { lan } of [ann, bob, eve]) await lan.close();
});

Deno.test("who leaves a station is neither found nor finds for it, until it hears it again", async () => {
  const [network, clock] = [new Network(), new FakeClock()];
  const ann = lookOut(network, "10.0.0.1", ID, clock);
  const bob = lookOut(network, "10.0.0.2", OTHER, clock);
  ann.lan.hear(JAZZ);
  ann.lan.hear(NEWS);
  ann.lan.leave(JAZZ);
  bob.lan.hear(JAZZ);
  await clock.advance(310_000);
  assertEquals([ann.found, bob.found], [[], []]);
  ann.lan.hear(JAZZ);
  await clock.advance(2_000);
  assertEquals(new Set(ann.found), new Set([`${JAZZ} ${OTHER} 10.0.0.2`]));
  assertEquals(new Set(bob.found), new Set([`${JAZZ} ${ID} 10.0.0.1`]));
  for (const { lan } of [ann, bob]) await lan.close();
});

Deno.test("a listener that a packet from outside the network tells of is not found", async () => {
  const [network, clock] = [new Network(), new FakeClock()];
  const ann = lookOut(network, "10.0.0.1", ID, clock);
  const bob = lookOut(network, "8.8.8.8", OTHER, clock);
  ann.lan.hear(JAZZ);
  bob.lan.hear(JAZZ);
  await clock.advance(2_000);
  assertEquals(ann.found, []);
  for (const { lan } of [ann, bob]) await lan.close();
});

Deno.test("a listener is found over both families, at addresses that lead back over the interface", async () => {
  const [network, linked, clock] = [
    new Network(),
    new Network(),
    new FakeClock(),
  ];
  const both = (ipv4: string, ipv6: string, id: string, zone: number) => {
    const found: string[] = [];
    const lan = new Lan({
      self: { id, port: 7160 },
      clock,
      log: () => {},
      found: (_, { host }) => found.push(host),
      open: () =>
        Promise.resolve([
          { multicast: network.open(ipv4) },
          { multicast: linked.open(ipv6), zone },
        ]),
    });
    return { lan, found };
  };
  const ann = both("10.0.0.1", "fe80::1", ID, 2);
  const bob = both("10.0.0.2", "fe80::2", OTHER, 5);
  const eve = both("8.8.8.8", "2a00:1450::1", "ef".repeat(16), 5);
  for (const { lan } of [ann, bob, eve]) lan.hear(JAZZ);
  await clock.advance(2_000);
  assertEquals(new Set(ann.found), new Set(["10.0.0.2", "fe80::2%2"]));
  assertEquals(new Set(bob.found), new Set(["10.0.0.1", "fe80::1%5"]));
  for (const { lan } of [ann, bob, eve]) await lan.close();
});

Deno.test("linkZones() finds each interface with a link-local address once, LAN_INTERFACES_MAX at most", () => {
  const at = (address: string, scopeid: number | null) => ({
    address,
    scopeid,
  });
  assertEquals(
    linkZones([
      at("127.0.0.1", null),
      at("::1", 0),
      at("fe80::1", 2),
      at("fe80::2", 2),
      at("fd77::1", 3),
      at("febf::1", 4),
    ]),
    [2, 4],
  );
  const many = Array.from({ length: 40 }, (_, i) => at("fe80::1", i + 1));
  assertEquals(linkZones(many).length, LAN_INTERFACES_MAX);
});

Deno.test("however many ask, a listener answers once a second", async () => {
  const [network, clock] = [new Network(), new FakeClock()];
  const ann = lookOut(network, "10.0.0.1", ID, clock);
  ann.lan.hear(JAZZ);
  await clock.advance(5_000);
  network.sent.length = 0;
  const stranger = network.open("10.0.0.9");
  for (let i = 0; i < 50; i++) stranger.query(LAN_SERVICE, "PTR");
  await clock.advance(3_500);
  const answers = network.sent.filter((what) => what === "10.0.0.1 response");
  assert(answers.length >= 1 && answers.length <= 2, `${answers.length}`);
  await ann.lan.close();
});

Deno.test("where multicast is not possible nothing is found and nothing fails", async () => {
  const clock = new FakeClock();
  const said: string[] = [];
  const lan = new Lan({
    self: { id: ID, port: 7160 },
    clock,
    log: (level) => said.push(level),
    found: () => {},
    open: () => Promise.reject(new Error("no such device")),
  });
  lan.hear(JAZZ);
  await clock.advance(1_000);
  assertEquals(said, ["debug"]);
  await lan.close();
});
