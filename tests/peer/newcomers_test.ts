import { assertEquals } from "@std/assert";
import { NEWCOMERS_MAX } from "../../lib/limits.ts";
import { NEWCOMER_MS, Newcomers } from "../../lib/peer/newcomers.ts";
import { Content } from "../../lib/swarm/content.ts";
import { FakeClock } from "../support/fakeclock.ts";
import { idOf, sample, specOf, START_MS } from "../swarm/support.ts";

const content = new Content(specOf(sample(1)), START_MS);
const peerOf = (n: number) => ({ id: idOf(n), host: "11.0.0.1", port: 7160 });

function waiting() {
  const clock = new FakeClock();
  const due: string[] = [];
  const newcomers = new Newcomers(clock, (_, { id }) => due.push(id));
  return { clock, due, newcomers };
}

Deno.test("a newcomer is given a moment to dial, and named once", async () => {
  const { clock, due, newcomers } = waiting();
  newcomers.add(content, [peerOf(1)]);
  newcomers.add(content, [peerOf(1), peerOf(2)]);
  await clock.advance(NEWCOMER_MS - 1);
  assertEquals(due, []);
  await clock.advance(1);
  assertEquals(due, [idOf(1), idOf(2)]);
  assertEquals(clock.waiting, 0);
});

Deno.test("a newcomer that has left again is not named, and nobody after the end", async () => {
  const { clock, due, newcomers } = waiting();
  newcomers.add(content, [peerOf(1), peerOf(2), peerOf(3)]);
  newcomers.drop(content, [idOf(2), idOf(9)]);
  assertEquals(clock.waiting, 2);
  newcomers.close();
  assertEquals(clock.waiting, 0);
  await clock.advance(NEWCOMER_MS);
  assertEquals(due, []);
});

Deno.test("no more than NEWCOMERS_MAX are waited for: the others are named at once", () => {
  const { clock, due, newcomers } = waiting();
  const many = Array.from({ length: NEWCOMERS_MAX + 2 }, (_, n) => peerOf(n));
  newcomers.add(content, many);
  assertEquals(clock.waiting, NEWCOMERS_MAX);
  assertEquals(due, [idOf(NEWCOMERS_MAX), idOf(NEWCOMERS_MAX + 1)]);
});
