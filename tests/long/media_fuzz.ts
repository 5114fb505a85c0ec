/**
 * Fuzzes media for as long as one likes: rounds of 1000 cases for each property,
 * every round from a seed of its own, which is printed first.
 *
 *     deno task long media_fuzz [MINUTES] [SEED]
 *
 * @module
 */
import { systemClock } from "../../lib/clock.ts";
import { CONTAINER_FUZZES } from "../media/container_fuzzing.ts";
import { FUZZES } from "../media/fuzzing.ts";

const CASES = 1000;

async function main(minutes = "2", first = "1"): Promise<void> {
  const endMs = systemClock.monotonic() + Number(minutes) * 60_000;
  let cases = 0;
  for (let seed = Number(first); systemClock.monotonic() < endMs; seed++) {
    console.log(`seed ${seed}`);
    for (const { run } of [...FUZZES, ...CONTAINER_FUZZES]) {
      await run(CASES, seed);
      cases += CASES;
    }
  }
  console.log(`media_fuzz: ${cases} cases, none failed`);
}

await main(...Deno.args);
