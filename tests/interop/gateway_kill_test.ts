import { assert } from "@std/assert";
import { killGateways } from "../gateway/crash.ts";
import { seeded } from "../simulation/chance.ts";

// A hundred of them: `deno task long gateway_kill`.
Deno.test("a gateway that is killed at work starts again with right trees and whole files only", async () => {
  const figures = await killGateways(4, seeded(7));
  assert(figures.trees > 0 && figures.files > 0, JSON.stringify(figures));
  assert(figures.midway > 0 && figures.served > 0, JSON.stringify(figures));
});
