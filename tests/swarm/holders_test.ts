import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Holders } from "../../lib/swarm/holders.ts";
import { LeafSet } from "../../lib/swarm/leaf_set.ts";

const LEAVES = 70;

Deno.test("Holders says of any number of links what a set for each would say", () => {
  const leaf = fc.nat(LEAVES + 5);
  const step = fc.record({ link: fc.nat(99), from: leaf, until: leaf });
  fc.assert(fc.property(
    fc.array(step, { maxLength: 200 }),
    fc.array(fc.nat(99)),
    (steps, gone) => {
      const holders = new Holders<number>(LEAVES);
      const sets = new Map<number, LeafSet>();
      steps.forEach(({ link, from, until }, i) => {
        const set = sets.get(link) ?? new LeafSet(LEAVES);
        sets.set(link, set);
        set.add(from, until);
        holders.add(link, from, until);
        const left = gone[i];
        if (left === undefined) return;
        sets.delete(left);
        holders.delete(left);
      });
      const counts = new Uint16Array(LEAVES);
      for (const [link, set] of sets) {
        assertEquals([...holders.ranges(link)], [...set.ranges()]);
        assertEquals(holders.count(link), set.count);
        for (let at = 0; at < LEAVES; at++) {
          if (set.has(at)) counts[at]!++;
          assertEquals(
            holders.holdsAll(link, at, at + 3),
            set.hasAll(at, at + 3),
          );
        }
      }
      assertEquals(holders.availability, counts);
    },
  ));
});

Deno.test("Holders holds nothing of a link that announced nothing", () => {
  const holders = new Holders<string>(LEAVES);
  assert(!holders.has("a"));
  assert(!holders.holdsAll("a", 0, 1));
  assertEquals(holders.count("a"), 0);
  holders.delete("a");
  holders.add("a", 0, 0);
  assert(holders.has("a"));
  assert(!holders.holdsAll("a", 0, 1));
});
