import { assertEquals } from "@std/assert";
import { PLACES_PER_NETWORK_MAX } from "../../lib/limits.ts";
import { LeastNeeded } from "../../lib/swarm/least_needed.ts";
import { Link } from "../../lib/swarm/link.ts";
import { START_MS } from "./support.ts";

let made = 0;

/** A link of somebody who dialled us, and needed something so many seconds ago. */
function dialledUs(pressedSecondsAgo: number, more: Partial<Link> = {}): Link {
  const link = new Link(++made, false, false);
  link.pressedMs = START_MS - pressedSecondsAgo * 1000;
  return Object.assign(link, more);
}

/** Who goes for a guest, where none came lately. */
const pick = (links: Link[], guest: Link) =>
  new LeastNeeded().pick(links, guest, START_MS);

const GUEST = dialledUs(0, { guest: true, network: "11.1.1" });

Deno.test("who has needed nothing for longest is needed least", () => {
  const [a, b, c] = [dialledUs(30), dialledUs(50), dialledUs(40)];
  assertEquals(pick([a, b, c], GUEST), b);
});

Deno.test("who needed something within 20 seconds keeps its place", () => {
  assertEquals(
    pick([dialledUs(19), dialledUs(5)], GUEST),
    undefined,
  );
  assertEquals(pick([], GUEST), undefined);
});

Deno.test("whom we dialled, who is on this network, who is a guest and who goes already keep theirs", () => {
  const dialled = new Link(++made, true, false);
  const near = new Link(++made, false, true);
  for (const link of [dialled, near]) link.pressedMs = START_MS - 60_000;
  const [guest, leaving] = [
    dialledUs(60, { guest: true }),
    dialledUs(60, { leaving: true }),
  ];
  const links = [dialled, near, guest, leaving];
  assertEquals(pick(links, GUEST), undefined);
  const other = dialledUs(25);
  assertEquals(pick([...links, other], GUEST), other);
});

Deno.test("who owes us something keeps its place", () => {
  const busy = dialledUs(60);
  busy.calm.asked(16384);
  const other = dialledUs(25);
  assertEquals(pick([busy, other], GUEST), other);
});

Deno.test("PLACES_PER_NETWORK_MAX of a network keep their places, and it takes no more of others'", () => {
  const calm = dialledUs(30, { network: "11.2.2" });
  const of = (network: string, count: number) =>
    Array.from({ length: count }, () => dialledUs(1, { network }));
  const max = PLACES_PER_NETWORK_MAX;
  const few = [...of("11.1.1", max - 1), ...of("11.3.3", max), GUEST];
  assertEquals(pick([calm, ...few], GUEST), calm);
  assertEquals(pick(few, GUEST), undefined);
  const crowd = of("11.4.4", max + 1);
  assertEquals(pick([...few, ...crowd], GUEST), crowd[0]);
  const own = [calm, ...of("11.1.1", max), GUEST];
  assertEquals(pick(own, GUEST), undefined);
});
