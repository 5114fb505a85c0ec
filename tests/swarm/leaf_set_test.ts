import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { LeafSet } from "../../lib/swarm/leaf_set.ts";

/** The same set, one number at a time. */
class SlowSet {
  readonly leaves = new Set<number>();

  constructor(readonly size: number) {}

  add(from: number, until: number): number {
    const before = this.leaves.size;
    for (let i = Math.max(0, from); i < Math.min(until, this.size); i++) {
      this.leaves.add(i);
    }
    return this.leaves.size - before;
  }

  delete(from: number, until: number): number {
    const before = this.leaves.size;
    for (let i = from; i < until; i++) this.leaves.delete(i);
    return before - this.leaves.size;
  }

  next(from: number, inSet: boolean, until: number = this.size): number {
    const end = Math.min(until, this.size);
    let leaf = from;
    while (leaf < end && this.leaves.has(leaf) !== inSet) leaf++;
    return Math.min(leaf, end);
  }

  hasAll(from: number, until: number): boolean {
    for (let i = from; i < Math.min(until, this.size); i++) {
      if (!this.leaves.has(i)) return false;
    }
    return true;
  }
}

const size = fc.integer({ min: 1, max: 200 });
const place = fc.integer({ min: 0, max: 210 });
const steps = fc.array(fc.tuple(fc.boolean(), place, place), { maxLength: 30 });

Deno.test("LeafSet is a set of numbers", () => {
  fc.assert(fc.property(size, steps, place, place, (size, steps, a, b) => {
    const fast = new LeafSet(size);
    const slow = new SlowSet(size);
    for (const [add, from, until] of steps) {
      const name = add ? "add" : "delete";
      assertEquals(fast[name](from, until), slow[name](from, until));
    }
    assertEquals(fast.count, slow.leaves.size);
    assertEquals(fast.full, slow.leaves.size === size);
    for (let leaf = 0; leaf < size + 40; leaf++) {
      assertEquals(fast.has(leaf), slow.leaves.has(leaf), `has ${leaf}`);
      assertEquals(fast.nextSet(leaf), slow.next(leaf, true));
      assertEquals(fast.nextClear(leaf), slow.next(leaf, false));
      assertEquals(fast.nextSet(leaf, b), slow.next(leaf, true, b));
      assertEquals(fast.nextClear(leaf, b), slow.next(leaf, false, b));
    }
    assertEquals(fast.hasAll(a, b), slow.hasAll(a, b));
  }));
});

Deno.test("LeafSet gives its runs in order, apart from each other, within bounds", () => {
  fc.assert(fc.property(size, steps, place, place, (size, steps, a, b) => {
    const set = new LeafSet(size);
    for (const [add, from, until] of steps) {
      set[add ? "add" : "delete"](from, until);
    }
    const seen: number[] = [];
    let end = -1;
    for (const { from, until } of set.ranges(a, b)) {
      assertEquals(from > end && until > from, true);
      end = until;
      for (let leaf = from; leaf < until; leaf++) seen.push(leaf);
    }
    const wanted: number[] = [];
    for (let leaf = a; leaf < Math.min(b, size); leaf++) {
      if (set.has(leaf)) wanted.push(leaf);
    }
    assertEquals(seen, wanted);
  }));
});

Deno.test("LeafSet has nothing outside its size", () => {
  const set = new LeafSet(40);
  assertEquals(set.add(30, 64), 10);
  for (const leaf of [-1, 40, 63, 64, 2 ** 32]) {
    assertEquals(set.has(leaf), false);
  }
  assertEquals(set.nextSet(40), 40);
  assertEquals([...set.ranges()], [{ from: 30, until: 40 }]);
});
