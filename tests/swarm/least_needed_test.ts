import { assertEquals } from "@std/assert";
import { PLACES_PER_NETWORK_MAX } from "../../lib/limits.ts";
import { leastNeeded } from "../../lib/swarm/least_needed.ts";
import { Link } from "../../lib/swarm/link.ts";
import { START_MS } from "./support.ts";

let made = 0;

/** A link of somebody who dialled us, and needed something so many seconds ago. */
function dialledUs(pressedSecondsAgo: number, more: Partial<Link> = {}): Link {
  const link = new Link(++made, false, false);
  link.pressedMs = START_MS - pressedSecondsAgo * 1000;
  return Object.assign(link, more);
}

const GUEST = dialledUs(0, { guest: true, network: "11.1.1" });

Deno.test("who has needed nothing for longest is needed least", () => {
  const [a, b, c] = [dialledUs(30), dialledUs(50), dialledUs(40)];
  assertEquals(leastNeeded([a, b, c], GUEST, START_MS), b);
});

Deno.test("who needed something within 20 seconds keeps its place", () => {
  assertEquals(
    leastNeeded([dialledUs(19), dialledUs(5)], GUEST, START_MS),
    undefined,
  );
  assertEquals(leastNeeded([], GUEST, START_MS), undefined);
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
  assertEquals(leastNeeded(links, GUEST, START_MS), undefined);
  const other = dialledUs(25);
  assertEquals(leastNeeded([...links, other], GUEST, START_MS), other);
});

Deno.test("who owes us something keeps its place", () => {
  const busy = dialledUs(60);
  busy.calm.asked(16384);
  const other = dialledUs(25);
  assertEquals(leastNeeded([busy, other], GUEST, START_MS), other);
});

Deno.test("PLACES_PER_NETWORK_MAX of a network keep their places, and it takes no more of others'", () => {
  const calm = dialledUs(30, { network: "11.2.2" });
  const of = (network: string, count: number) =>
    Array.from({ length: count }, () => dialledUs(1, { network }));
  const max = PLACES_PER_NETWORK_MAX;
  const few = [...of("11.1.1", max - 1), ...of("11.3.3", max), GUEST];
  assertEquals(leastNeeded([calm, ...few], GUEST, START_MS), calm);
  assertEquals(leastNeeded(few, GUEST, START_MS), undefined);
  const crowd = of("11.4.4", max + 1);
  assertEquals(leastNeeded([...few, ...crowd], GUEST, START_MS), crowd[0]);
  const own = [calm, ...of("11.1.1", max), GUEST];
  assertEquals(leastNeeded(own, GUEST, START_MS), undefined);
});
