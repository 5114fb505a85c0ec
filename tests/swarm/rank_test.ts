import { assert, assertEquals } from "@std/assert";
import { rankOf, ticketOf } from "../../lib/swarm/rank.ts";
import { idOf } from "./support.ts";

const KEY = "5a".repeat(32);
const CHUNKS = 1000;

/** For each chunk, the members in their order, as each of them computes its own place. */
function orders(count: number): number[][] {
  const tickets = Array.from(
    { length: count },
    (_, i) => ticketOf(KEY, idOf(i)),
  );
  return Array.from({ length: CHUNKS }, (_, chunk) => {
    const order: number[] = [];
    tickets.forEach((own, i) => {
      const others = tickets.filter((_, j) => j !== i);
      const rank = rankOf(chunk, own, others);
      assertEquals(order[rank], undefined, "two of one rank");
      order[rank] = i;
    });
    return order;
  });
}

Deno.test("all members come to the same order, each with a rank of its own", () => {
  for (const order of orders(10)) {
    assertEquals(order.toSorted((a, b) => a - b), [...Array(10).keys()]);
  }
});

Deno.test("chunks are spread evenly over the members, at every rank", () => {
  for (const rank of [0, 1, 2]) {
    const share = new Array(10).fill(0);
    for (const order of orders(10)) share[order[rank]!]++;
    for (const count of share) assert(count > 60 && count < 140, `${share}`);
  }
});

Deno.test("when a member leaves only its own chunks move", () => {
  const after = orders(9);
  orders(10).forEach((before, chunk) => {
    assertEquals(after[chunk], before.filter((member) => member !== 9));
  });
});
