import { assert, assertEquals } from "@std/assert";
import { meetAcross } from "../gateway/two_gateways.ts";
import { program } from "../support/programs.ts";

// Two thousand on each: `deno task long gateway_neighbours`.
Deno.test({
  name:
    "listeners of two gateways on one Redis meet; those of one that is killed are soon on the other",
  ignore: program("redis-server").ignore,
  async fn() {
    const { meetMs, moveMs, downloads } = await meetAcross(50);
    assert(meetMs < 10_000, `${meetMs} ms`);
    assert(moveMs < 10_000, `${moveMs} ms`);
    assertEquals(downloads, 1);
  },
});
