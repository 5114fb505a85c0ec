import { assert } from "@std/assert";
import { killGateways } from "../gateway/crash.ts";
import { seeded } from "../simulation/chance.ts";

/** Rounds of four kills in which one at least falls into a download: it is two in five. */
const ROUNDS_MAX = 8;

// A hundred of them: `deno task long gateway_kill`.
Deno.test("a gateway that is killed at work starts again with right trees and whole files only", async () => {
  const random = seeded(7);
  let midway = 0;
  for (let round = 0; round < ROUNDS_MAX && midway === 0; round++) {
    const figures = await killGateways(4, random);
    const { trees, files, served } = figures;
    assert(trees > 0 && files > 0 && served > 0, JSON.stringify(figures));
    midway += figures.midway;
  }
  assert(midway > 0, "no kill fell into a download");
});
