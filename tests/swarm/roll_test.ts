/**
 * Who is on the roll of a station, how that is passed on, and who fetches by it.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ROLL_ENTRIES_BURST, ROLL_MAX } from "../../lib/limits.ts";
import { Roll, ROLL_LIFE_MS } from "../../lib/swarm/roll.ts";
import { Lab, type LabPeer, SELF } from "./lab.ts";
import { idOf, sample, START_MS } from "./support.ts";

const FILE = sample(40, 1);
const STATION = { station: "https://jazz.example/playlist.rss" };

/** A listener without a gateway, at the beginning of a file that plays for forty seconds. */
function playing(share = true) {
  const lab = new Lab({ share });
  const content = lab.open(FILE, STATION);
  content.bulk = false;
  content.gateway = "none";
  content.playhead = { offset: 0, atMs: lab.nowMs, bytesPerSecond: 16384 };
  return { lab, content };
}

/** Somebody who hears the same and gives, if it can. */
function other(lab: Lab, n: number, capacity = 1_000_000): LabPeer {
  const peer = lab.peer(n, false, capacity, `11.0.${n}.1`);
  peer.offers(FILE);
  lab.run();
  return peer;
}

const entries = (...numbers: number[]) =>
  numbers.map((n) => ({ id: idOf(n), ageSeconds: 0 }));

const named = (peer: LabPeer) =>
  peer.all("roll").flatMap(({ entries }) => entries.map(({ id }) => id)).sort();

const idNumber = fc.nat({ max: 500 });

Deno.test("a roll holds the smallest ids, in whatever order they are heard of", () => {
  fc.assert(fc.property(fc.array(idNumber, { maxLength: 300 }), (numbers) => {
    const roll = new Roll();
    for (const n of numbers) roll.add({ id: idOf(n), saidMs: START_MS });
    const smallest = [...new Set(numbers)].sort((a, b) => a - b)
      .slice(0, ROLL_MAX).map(idOf);
    assertEquals([...roll.ids()].sort(), smallest);
  }));
});

Deno.test("a roll takes note of later words alone, and forgets who says nothing", () => {
  const roll = new Roll();
  const add = (saidMs: number) => roll.add({ id: idOf(1), saidMs });
  assertEquals(add(START_MS), Infinity);
  assertEquals([add(START_MS), add(START_MS - 1)], [0, 0], "nothing new");
  assertEquals(add(START_MS + 1), 1);
  roll.add({ id: idOf(2), saidMs: START_MS + 9 });
  roll.expire(START_MS + 1 + ROLL_LIFE_MS);
  assert(roll.has(idOf(1)));
  roll.expire(START_MS + 2 + ROLL_LIFE_MS);
  assertEquals([...roll.ids()], [idOf(2)]);
});

Deno.test("without a gateway peers are told who is there, each what it did not say itself", () => {
  const { lab } = playing();
  const ann = other(lab, 1);
  ann.say({ type: "roll", channel: 0, entries: entries(7, 8) });
  const bob = other(lab, 2);
  lab.run(2_000);
  assertEquals(named(ann), [2, SELF].map(idOf));
  assertEquals(named(bob), [1, 7, 8, SELF].map(idOf));
});

Deno.test("who is still there is said again while somebody listens", () => {
  const { lab } = playing();
  const ann = other(lab, 1);
  lab.run(ROLL_LIFE_MS);
  const said = named(ann).filter((id) => id === idOf(SELF)).length;
  assert(said >= 3 && said <= 5, `${said} times`);
});

Deno.test("nothing is said of who is there where a gateway answers, until it is lost", () => {
  const { lab, content } = playing();
  content.gateway = "ready";
  const ann = other(lab, 1);
  lab.run(5_000);
  assertEquals(named(ann), []);
  content.gateway = "none";
  lab.run(2_000);
  assertEquals(named(ann), [idOf(SELF)]);
});

Deno.test("who gives nothing is on no roll, and neither is who was banned", () => {
  const { lab, content } = playing();
  other(lab, 1, 0);
  const liar = other(lab, 2);
  other(lab, 3);
  lab.run(2_000);
  const place = { id: liar.id, host: "11.1.1.1", port: 7160 };
  lab.engine.handleProbed(liar.link, place, lab.nowMs);
  liar.say({
    type: "have",
    channel: 0,
    queueBytes: 0,
    ranges: [{ from: 0, until: 999 }],
  });
  lab.run();
  assertEquals([...content.roll!.ids()].sort(), [3, SELF].map(idOf));
  const { lab: idle, content: heard } = playing(false);
  const ann = other(idle, 1);
  idle.run(2_000);
  assertEquals(named(ann), []);
  assertEquals([...heard.roll!.ids()], [idOf(1)]);
});

Deno.test("one link may change a roll by no more than ROLL_ENTRIES_BURST entries at once", () => {
  const { lab, content } = playing();
  const ann = other(lab, 9_999);
  lab.run(2_000);
  let sent = 0;
  for (let last = 9_000; sent < 2 * ROLL_ENTRIES_BURST; sent += ROLL_MAX) {
    const numbers = Array.from({ length: ROLL_MAX }, (_, i) => last - i);
    ann.say({ type: "roll", channel: 0, entries: entries(...numbers) });
    last -= ROLL_MAX;
  }
  const lowest = [...content.roll!.ids()].sort().find((id) => id > idOf(SELF));
  assert(lowest! > idOf(9_000 - ROLL_ENTRIES_BURST - 20), lowest);
  assert([...content.roll!.ids()].length <= ROLL_MAX);
});

Deno.test("what is too old is not believed, nor what somebody says in our name", () => {
  const { lab, content } = playing(false);
  const ann = other(lab, 1);
  const old = { id: idOf(5), ageSeconds: ROLL_LIFE_MS / 1000 + 1 };
  ann.say({ type: "roll", channel: 0, entries: [old, ...entries(SELF)] });
  assertEquals([...content.roll!.ids()], [idOf(1)]);
});

Deno.test("what plays later is fetched by those on the roll, each chunk by one", () => {
  const fetched = new Map<number, number>();
  const numbers = [1, 2, 3, 4, SELF];
  // The same station, seen by each of five who all know each other.
  for (const self of numbers) {
    const lab = new Lab({ id: idOf(self) });
    const content = lab.open(FILE, STATION);
    content.bulk = false;
    content.gateway = "none";
    const atMs = lab.nowMs + 14_000;
    content.playhead = { offset: 0, atMs, bytesPerSecond: 16384 * 100 };
    for (const n of numbers) if (n !== self) other(lab, n);
    lab.run(3_900);
    for (const { from, until } of lab.did("fetch")) {
      for (let leaf = from; leaf < until; leaf++) {
        fetched.set(leaf, (fetched.get(leaf) ?? 0) + 1);
      }
    }
  }
  assert(fetched.size > 5, `${fetched.size} chunks`);
  assertEquals(new Set(fetched.values()), new Set([1]));
});
