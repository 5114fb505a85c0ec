/**
 * A peer with two places, each of which answers, refuses or keeps silent.
 */
import { assertEquals } from "@std/assert";
import {
  DIAL_NEXT_MS,
  dialFirst,
  type Dialled,
  type DialSocket,
} from "../../lib/peer/dial.ts";
import type { Place } from "../../lib/swarm/places.ts";
import { FakeClock } from "../support/fakeclock.ts";

const PLACES = [
  { host: "2a00:1450::1", port: 7160 },
  { host: "8.8.4.4", port: 7160 },
];

/** A connection that does what the test says. */
class Wire implements DialSocket {
  ended = false;
  readonly #heard = new Map<string, () => void>();

  constructor(readonly place: Place) {}

  on(event: "open" | "close", heard: () => void): void {
    this.#heard.set(event, heard);
  }

  opens(): void {
    this.#heard.get("open")?.();
  }

  terminate(): void {
    if (this.ended) return;
    this.ended = true;
    this.#heard.get("close")?.();
  }
}

function dial(places = PLACES) {
  const clock = new FakeClock();
  const end = new AbortController();
  const wires: Wire[] = [];
  const answers: (Dialled<Wire> | undefined)[] = [];
  const connect = (place: Place) => {
    const wire = new Wire(place);
    wires.push(wire);
    return wire;
  };
  const tools = { clock, signal: end.signal };
  dialFirst(places, connect, tools, (answer) => answers.push(answer));
  return { clock, end, wires, answers };
}

const hosts = (wires: Wire[]) => wires.map(({ place }) => place.host);

Deno.test("the first place alone is dialled where it answers", async () => {
  const { clock, wires, answers } = dial();
  await clock.advance(DIAL_NEXT_MS - 1);
  wires[0]!.opens();
  await clock.advance(10_000);
  assertEquals(hosts(wires), [PLACES[0]!.host]);
  assertEquals(answers.map((answer) => answer?.place), [PLACES[0]]);
  assertEquals(clock.waiting, 0);
});

Deno.test("the second place is dialled at once where the first refuses", () => {
  const { clock, wires, answers } = dial();
  wires[0]!.terminate();
  assertEquals(hosts(wires), PLACES.map(({ host }) => host));
  wires[1]!.opens();
  assertEquals(answers.map((answer) => answer?.place), [PLACES[1]]);
  assertEquals(clock.waiting, 0);
});

Deno.test("the second place is dialled too where the first is silent, and the first to answer is it", async () => {
  for (const [first, other] of [[0, 1], [1, 0]] as const) {
    const { clock, wires, answers } = dial();
    await clock.advance(DIAL_NEXT_MS);
    assertEquals(wires.length, 2);
    wires[first]!.opens();
    assertEquals(answers.map((answer) => answer?.socket), [wires[first]]);
    assertEquals([wires[first]!.ended, wires[other]!.ended], [false, true]);
  }
});

Deno.test("a peer that answers nowhere is told of once, after all of its places", () => {
  const { wires, answers } = dial();
  wires[0]!.terminate();
  assertEquals(answers, []);
  wires[1]!.terminate();
  assertEquals(answers, [undefined]);
  assertEquals(dial([]).answers, [undefined]);
});

Deno.test("dialling ends with its signal, and opens nothing more", async () => {
  const { clock, end, wires, answers } = dial();
  end.abort();
  await clock.advance(10_000);
  assertEquals([wires.length, wires[0]!.ended], [1, true]);
  assertEquals(answers, [undefined]);
});
