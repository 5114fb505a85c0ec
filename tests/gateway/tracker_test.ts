import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type TrackedPeer, Tracker } from "../../lib/gateway/tracker.ts";
import {
  GATEWAY_PEERS_PER_ANSWER,
  GATEWAY_PEERS_PER_SUBNET,
  GATEWAY_VIEW_PEERS_MAX,
  LINKS_DIALLED_MAX,
} from "../../lib/limits.ts";

const KEY = "aa".repeat(32);
const ROOT = "bb".repeat(32);

/** Numbers in [0, 1) that depend on the seed alone. */
function chance(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const idOf = (client: number) => client.toString(16).padStart(32, "0");

function peer(client: number, rest: Partial<TrackedPeer> = {}): TrackedPeer {
  return {
    client,
    id: idOf(client),
    // One network each.
    host: `8.${client >> 8}.${client & 255}.1`,
    port: 7160,
    capacity: 1000,
    share: true,
    reachable: true,
    ...rest,
  };
}

function enter(tracker: Tracker, ...peers: TrackedPeer[]): void {
  for (const peer of peers) tracker.enter(peer);
}

const ids = (records: { id: string }[]) => records.map(({ id }) => id).sort();

Deno.test("join() tells the newcomer of the others, and them of it", () => {
  const tracker = new Tracker(chance());
  enter(tracker, peer(1), peer(2), peer(3));
  assertEquals(tracker.join(1, KEY), []);
  assertEquals(ids(tracker.join(2, KEY)), [idOf(1)]);
  assertEquals(ids(tracker.join(3, KEY)), [idOf(1), idOf(2)]);
  const changes = tracker.pollChanges();
  const told = changes.map(({ client, add }) => [client, ids(add)]);
  assertEquals(told, [[1, [idOf(2), idOf(3)]], [2, [idOf(3)]]]);
  assertEquals(tracker.pollChanges(), [], "news is told once");
  assertEquals(ids(tracker.join(3, KEY)), [idOf(1), idOf(2)], "again");
  assertEquals(tracker.members(KEY), 3);
});

Deno.test("a record has address, capacity and what the peer holds, rounded", () => {
  const tracker = new Tracker(chance());
  enter(tracker, peer(1), peer(2));
  tracker.join(1, KEY);
  tracker.share(1, KEY, 0.333333);
  assertEquals(tracker.join(2, KEY), [{
    id: idOf(1),
    host: "8.0.1.1",
    port: 7160,
    capacity: 1000,
    share: 0.33,
  }]);
});

Deno.test("a peer is listed where it answers, at two places of different families", () => {
  const tracker = new Tracker(chance());
  enter(tracker, peer(1, { reachable: false }), peer(2), peer(3), peer(4));
  tracker.join(1, KEY);
  const four = { host: "8.0.1.1", port: 7160 };
  const six = { host: "2a00:1450::1", port: 7161 };
  const seen = (client: number) =>
    tracker.join(client, KEY).filter(({ id }) => id === idOf(1))
      .map(({ host, port, also }) => ({ host, port, also }));
  tracker.handleDialBack(1, false);
  assertEquals(tracker.isReachable(1), false);
  tracker.handleDialBack(1, true, six);
  assertEquals(tracker.isReachable(1), true);
  assertEquals(seen(2), [{ ...six, also: undefined }]);
  tracker.handleDialBack(1, false, four);
  assertEquals(tracker.isReachable(1), true, "it answers elsewhere");
  tracker.handleDialBack(1, true, { ...six, host: "2a00:1450::2" });
  assertEquals(seen(3), [{ ...six, also: undefined }], "another of a family");
  tracker.handleDialBack(1, true, four);
  assertEquals(seen(4), [{ ...six, also: four }]);
  assertEquals(seen(2), [{ ...six, also: four }], "asked again");
});

Deno.test("nobody is told of a peer that is not dialled back, does not share or has no port", () => {
  for (
    const hidden of [
      { reachable: false },
      { share: false },
      { port: 0 },
      { host: "0.0.0.0" },
      { host: "224.0.0.1" },
    ]
  ) {
    const tracker = new Tracker(chance());
    enter(tracker, peer(1, hidden), peer(2));
    tracker.join(1, KEY);
    assertEquals(tracker.join(2, KEY), [], JSON.stringify(hidden));
  }
});

Deno.test("a peer is introduced once it has been dialled back", () => {
  const tracker = new Tracker(chance());
  enter(tracker, peer(1, { reachable: false }), peer(2));
  tracker.join(1, KEY);
  tracker.join(2, KEY);
  tracker.pollChanges();
  tracker.handleDialBack(1, true);
  const [change] = tracker.pollChanges();
  assertEquals(change?.client, 2);
  assertEquals(ids(change?.add ?? []), [idOf(1)]);
});

Deno.test("a peer that nobody can dial is asked to dial the newcomer", () => {
  const tracker = new Tracker(chance());
  enter(tracker, peer(1, { reachable: false, port: 0 }), peer(2));
  tracker.join(1, KEY);
  tracker.join(2, KEY);
  const [change] = tracker.pollChanges();
  assertEquals(change?.client, 1);
  assertEquals(ids(change?.dial ?? []), [idOf(2)]);
});

Deno.test("an address is told only where it means something", () => {
  const cases: [string, string, boolean][] = [
    ["127.0.0.1", "127.0.0.1", true],
    ["127.0.0.1", "192.168.1.5", false],
    ["192.168.1.5", "127.0.0.1", true],
    ["192.168.1.5", "10.0.0.9", true],
    ["192.168.1.5", "8.8.8.8", false],
    ["8.8.8.8", "192.168.1.5", true],
    ["::1", "2001:db9::1", false],
    ["2a00::1", "8.8.8.8", true],
  ];
  for (const [host, viewer, useful] of cases) {
    const tracker = new Tracker(chance());
    enter(tracker, peer(1, { host }), peer(2, { host: viewer }));
    tracker.join(1, KEY);
    assertEquals(
      tracker.join(2, KEY).length === 1,
      useful,
      `${host} ${viewer}`,
    );
  }
});

Deno.test("whom a client was told of, it is told to drop when that one leaves", () => {
  const tracker = new Tracker(chance());
  enter(tracker, peer(1), peer(2), peer(3));
  tracker.join(1, KEY);
  tracker.join(2, KEY);
  tracker.pollChanges();
  tracker.join(3, KEY);
  tracker.exit(3);
  assertEquals(tracker.pollChanges(), [], "came and went unseen");
  tracker.leave(1, KEY);
  assertEquals(tracker.pollChanges(), [
    { client: 2, key: KEY, add: [], drop: [idOf(1)], dial: [] },
  ]);
  tracker.exit(2);
  assertEquals(tracker.members(KEY), 0);
});

Deno.test("a peer that comes back before its old connection ended is not dropped", () => {
  const tracker = new Tracker(chance());
  enter(tracker, peer(1), peer(2));
  tracker.join(1, KEY);
  tracker.join(2, KEY);
  tracker.pollChanges();
  enter(tracker, peer(3, { id: idOf(1), host: "8.0.1.1" }));
  tracker.join(3, KEY);
  tracker.exit(1);
  const [change] = tracker.pollChanges();
  assertEquals([ids(change?.add ?? []), change?.drop], [[idOf(1)], []]);
});

Deno.test("an answer holds at most GATEWAY_PEERS_PER_ANSWER peers, no view more than its limit", () => {
  const tracker = new Tracker(chance());
  for (let client = 1; client <= 300; client++) {
    enter(tracker, peer(client));
    assert(tracker.join(client, KEY).length <= GATEWAY_PEERS_PER_ANSWER);
  }
  const views = new Map<number, number>();
  for (const { client, add } of tracker.pollChanges()) {
    views.set(client, add.length);
  }
  assert([...views.values()].every((n) => n <= GATEWAY_VIEW_PEERS_MAX));
  assertEquals(tracker.join(300, KEY).length, GATEWAY_PEERS_PER_ANSWER);
});

Deno.test("an answer holds at most GATEWAY_PEERS_PER_SUBNET peers of one network", () => {
  const tracker = new Tracker(chance());
  for (let client = 1; client <= 20; client++) {
    enter(tracker, peer(client, { host: `9.9.9.${client}` }));
    tracker.join(client, KEY);
  }
  enter(tracker, peer(99), peer(100, { host: "127.0.0.1" }));
  assertEquals(tracker.join(99, KEY).length, GATEWAY_PEERS_PER_SUBNET);
});

Deno.test("rename() keeps the members together and lets them meet those of the new name", () => {
  const tracker = new Tracker(chance());
  enter(tracker, peer(1), peer(2), peer(3));
  tracker.join(1, KEY);
  tracker.join(2, KEY);
  tracker.join(3, ROOT);
  tracker.pollChanges();
  tracker.rename(KEY, ROOT);
  assertEquals([tracker.members(KEY), tracker.members(ROOT)], [0, 3]);
  const news = new Map(tracker.pollChanges().map((c) => [c.client, c]));
  assertEquals([...news.values()].every(({ key }) => key === ROOT), true);
  assert(ids(news.get(3)?.add ?? []).includes(idOf(1)));
  assert(ids(news.get(1)?.add ?? []).includes(idOf(3)));
  tracker.rename(ROOT, KEY);
  assertEquals(tracker.members(KEY), 3);
  tracker.leave(1, KEY);
  assertEquals(tracker.members(KEY), 2);
});

Deno.test("whatever clients do, everybody's picture is that of the tracker", () => {
  const action = fc.record({
    what: fc.constantFrom("join", "leave", "exit", "dial", "rename", "poll"),
    client: fc.integer({ min: 1, max: 12 }),
    key: fc.constantFrom(KEY, ROOT),
  });
  fc.assert(
    fc.property(
      fc.array(action, { maxLength: 80 }),
      fc.nat(),
      (actions, seed) => {
        const tracker = new Tracker(chance(seed));
        const known = new Set<number>();
        /** What each client was told: client, key → ids. */
        const views = new Map<string, Set<string>>();
        const poll = () => {
          for (const { client, key, add, drop } of tracker.pollChanges()) {
            const view = views.get(`${client} ${key}`);
            assert(view !== undefined, "news only for members");
            for (const { id } of add) view.add(id);
            for (const id of drop) assert(view.delete(id), "dropped unknown");
            assert(!view.has(idOf(client)), "told of itself");
          }
        };
        for (const { what, client, key } of actions) {
          if (what === "poll") poll();
          else if (what === "rename") {
            poll();
            tracker.rename(KEY, ROOT);
            for (let c = 1; c <= 12; c++) {
              const old = views.get(`${c} ${KEY}`);
              views.delete(`${c} ${KEY}`);
              if (old === undefined || views.has(`${c} ${ROOT}`)) continue;
              // Those who moved into a group that was there begin anew.
              views.set(`${c} ${ROOT}`, old);
            }
          } else if (what === "join") {
            if (!known.has(client)) {
              enter(tracker, peer(client, { reachable: client % 2 === 0 }));
              known.add(client);
            }
            const told = tracker.join(client, key);
            const view = views.get(`${client} ${key}`) ?? new Set();
            views.set(`${client} ${key}`, view);
            for (const { id } of told) view.add(id);
          } else if (what === "leave") {
            tracker.leave(client, key);
            views.delete(`${client} ${key}`);
          } else if (what === "exit") {
            tracker.exit(client);
            known.delete(client);
            views.delete(`${client} ${KEY}`);
            views.delete(`${client} ${ROOT}`);
          } else tracker.handleDialBack(client, true);
        }
        for (const client of known) tracker.exit(client);
        assertEquals([tracker.clients, tracker.members(KEY)], [0, 0]);
        assertEquals(tracker.members(ROOT), 0);
        assertEquals(tracker.changed, false);
      },
    ),
    { numRuns: 200 },
  );
});

/** A crowd in which everybody knows enough. */
function crowd(size: number): Tracker {
  const tracker = new Tracker(chance());
  for (let client = 1; client <= size; client++) {
    enter(tracker, peer(client));
    tracker.join(client, KEY);
  }
  tracker.pollChanges();
  return tracker;
}

Deno.test("who knows enough peers is not told of a newcomer, who is told of others", () => {
  const tracker = crowd(100);
  enter(tracker, peer(101));
  const told = tracker.join(101, KEY);
  assertEquals(told.length, GATEWAY_PEERS_PER_ANSWER);
  assertEquals(tracker.pollChanges(), []);
});

Deno.test("that somebody has left a content can wait, that somebody is offline cannot", () => {
  const tracker = crowd(100);
  tracker.leave(50, KEY);
  assertEquals(tracker.pollChanges(1), []);
  assert(tracker.changed);
  tracker.exit(51);
  const dropped = tracker.pollChanges(1).flatMap(({ drop }) => drop);
  assert(dropped.includes(idOf(51)));
  const later = tracker.pollChanges().flatMap(({ drop }) => drop);
  assert(later.every((id) => id === idOf(50)) && later.length > 0);
});

Deno.test("whose peers have left is told of others at once, as many as one that joins", () => {
  const tracker = crowd(60);
  const [{ id } = { id: "" }] = tracker.join(60, KEY);
  for (let client = 1; client < 60; client++) {
    const known = tracker.join(60, KEY);
    if (known.length < LINKS_DIALLED_MAX) break;
    if (known.some((other) => other.id === idOf(client))) {
      tracker.leave(client, KEY);
    }
  }
  const news = tracker.pollChanges(1).find(({ client }) => client === 60);
  assert(news !== undefined && id !== "");
  assertEquals(tracker.join(60, KEY).length, GATEWAY_PEERS_PER_ANSWER);
});

Deno.test("who knows enough of its own gateway's peers is told of two of another's", () => {
  const tracker = crowd(40);
  const told = new Map<number, number>();
  for (let client = -1; client >= -300; client--) {
    enter(
      tracker,
      peer(client, { host: `9.${-client >> 8}.${-client & 255}.1` }),
    );
    tracker.join(client, KEY);
  }
  for (const { client, add } of tracker.pollChanges()) {
    told.set(client, add.filter(({ host }) => host.startsWith("9.")).length);
  }
  for (let client = 1; client <= 40; client++) {
    assertEquals(told.get(client), 2);
  }
});
