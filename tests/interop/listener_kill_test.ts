import { assert } from "@std/assert";
import { killListeners } from "../peer/crash.ts";
import { seeded } from "../simulation/chance.ts";
import { programs } from "../support/programs.ts";

/** Rounds until one kill fell into a download; nearly every one does. */
const ROUNDS_MAX = 4;

// Twenty of them: `deno task long listener_kill`.
Deno.test({
  name:
    "a listener that is killed while it downloads goes on where it was, and gives nothing wrong",
  ignore: programs("nginx").ignore,
  async fn() {
    const random = seeded(3);
    let midway = 0;
    for (let round = 0; round < ROUNDS_MAX && midway === 0; round++) {
      midway += (await killListeners(2, random)).midway;
    }
    assert(midway > 0, "no kill fell into a download");
  },
});
