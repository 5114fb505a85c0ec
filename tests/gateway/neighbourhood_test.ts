import { assertEquals } from "@std/assert";
import { Neighbourhood } from "../../lib/gateway/neighbourhood.ts";
import type {
  NeighbourEars,
  NeighbourNews,
  PeerRecord,
} from "../../lib/gateway/mod.ts";
import { Tracker } from "../../lib/gateway/tracker.ts";
import {
  GATEWAY_NEIGHBOUR_PEERS_MAX,
  GATEWAY_NEIGHBOUR_REFRESH_MS,
  GATEWAY_NEIGHBOUR_SILENCE_MS_MAX,
} from "../../lib/limits.ts";
import { FakeClock } from "../support/fakeclock.ts";

const KEY = "a".repeat(64);
const idOf = (n: number) => n.toString(16).padStart(32, "0");

function placeOf(n: number): PeerRecord {
  const host = `8.${n >> 8 & 255}.${n & 255}.1`;
  return { id: idOf(n), host, port: 5000, capacity: 1000, share: 0 };
}

/** A tracker with one client of its own, and neighbours that say what the test says. */
function open() {
  const clock = new FakeClock();
  const tracker = new Tracker(() => 0.5);
  const told: NeighbourNews[] = [];
  const loads: string[] = [];
  let ears: NeighbourEars | undefined;
  const neighbourhood = new Neighbourhood({
    tracker,
    clock,
    changed() {},
    neighbours: {
      tell: (news) => void told.push(...news),
      load: (key) => {
        loads.push(key);
        return Promise.resolve([]);
      },
      listen: (own) => void (ears = own),
      close: () => Promise.resolve(),
    },
  });
  const own = { ...placeOf(0), client: 1, share: true, reachable: false };
  tracker.enter(own);
  tracker.join(1, KEY);
  neighbourhood.follow(KEY);
  const hear = (n: number, peer?: PeerRecord) =>
    ears?.handleNews([{ key: KEY, id: idOf(n), ...(peer ? { peer } : {}) }]);
  const lose = () => ears?.handleLoss();
  return { clock, tracker, neighbourhood, told, loads, hear, lose };
}

Deno.test("peers of other gateways are told to our own, until they go", () => {
  const { tracker, neighbourhood, hear } = open();
  hear(7, placeOf(7));
  assertEquals(tracker.pollChanges()[0]?.add, [placeOf(7)]);
  hear(7);
  assertEquals(tracker.pollChanges()[0]?.drop, [idOf(7)]);
  neighbourhood.close();
});

Deno.test("other gateways hear of our peers once these can be dialled, of changes, and of nobody's twice", () => {
  const { tracker, neighbourhood, told, hear } = open();
  neighbourhood.tellOwn();
  assertEquals(told, []);
  tracker.handleDialBack(1, true);
  hear(7, placeOf(7));
  neighbourhood.tellOwn();
  neighbourhood.tellOwn();
  assertEquals(told.splice(0), [{ key: KEY, id: idOf(0), peer: placeOf(0) }]);
  const root = "b".repeat(64);
  tracker.rename(KEY, root);
  neighbourhood.rename(KEY, root);
  tracker.exit(1);
  neighbourhood.tellOwn();
  assertEquals(told.map(({ key, peer }) => [key, peer !== undefined]), [
    [KEY, false],
    [root, true],
    [root, false],
  ]);
  neighbourhood.close();
});

Deno.test("a gateway that falls silent takes its peers with it, one that goes on keeps them", async () => {
  const { clock, tracker, neighbourhood, hear } = open();
  hear(7, placeOf(7));
  hear(8, placeOf(8));
  const last = GATEWAY_NEIGHBOUR_SILENCE_MS_MAX - GATEWAY_NEIGHBOUR_REFRESH_MS;
  await clock.advance(last);
  hear(8, placeOf(8));
  assertEquals(tracker.members(KEY), 3);
  await clock.advance(GATEWAY_NEIGHBOUR_REFRESH_MS);
  assertEquals(tracker.members(KEY), 2);
  neighbourhood.close();
});

Deno.test("no more peers of other gateways are held than the limit, and none of what nobody here takes part in", async () => {
  const { clock, tracker, neighbourhood, hear } = open();
  const count = GATEWAY_NEIGHBOUR_PEERS_MAX + 5;
  for (let n = 1; n <= count; n++) hear(n, placeOf(n));
  assertEquals(tracker.members(KEY), GATEWAY_NEIGHBOUR_PEERS_MAX + 1);
  tracker.exit(1);
  await clock.advance(GATEWAY_NEIGHBOUR_REFRESH_MS);
  assertEquals([tracker.members(KEY), tracker.clients], [0, 0]);
  hear(1, placeOf(1));
  assertEquals(tracker.clients, 0);
  neighbourhood.close();
});

Deno.test("after a loss everything is said and asked again", () => {
  const { tracker, neighbourhood, told, loads, lose } = open();
  tracker.handleDialBack(1, true);
  neighbourhood.tellOwn();
  lose();
  assertEquals(told.length, 2);
  assertEquals(loads, [KEY, KEY]);
  neighbourhood.close();
});
