import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { keep, type KeepOptions } from "../../lib/broadcaster/horizon.ts";
import type { Airing } from "../../lib/planner/mod.ts";

const LENGTH_MS = 1000;

/** Airings with so much time between their starts; more than a length is a gap. */
function airings(steps: readonly number[]): Airing[] {
  let startMs = 0;
  return steps.map((step, i) => ({
    startMs: startMs += step,
    path: `${i}.mp3`,
    by: "fill",
  }));
}

function options(more: Partial<KeepOptions>): KeepOptions {
  return {
    nowMs: 0,
    isSame: false,
    toldMs: 0,
    changeAll: false,
    durationOf: () => LENGTH_MS,
    ...more,
  };
}

Deno.test("a changed programme keeps what is on, what is next, and what was told", () => {
  fc.assert(fc.property(
    fc.array(fc.constantFrom(400, 1000, 5000), { maxLength: 12 }),
    fc.integer({ min: -1000, max: 20_000 }),
    fc.constantFrom(0, 700, 4000),
    (steps, nowMs, toldMs) => {
      const list = airings(steps);
      const lastMs = list.at(-1)?.startMs ?? 0;
      const before = { airings: list, endMs: lastMs + 9000 };
      const kept = keep(before, options({ nowMs, toldMs }));
      assertEquals(kept.airings, list.slice(0, kept.airings.length));
      const told = list.filter(({ startMs }) => startMs <= nowMs + toldMs);
      assert(kept.airings.length >= told.length);
      const on = list.findLast(({ startMs }) => startMs <= nowMs);
      const next = list.find(({ startMs }) => startMs > nowMs);
      const follows = on && next && next.startMs <= on.startMs + LENGTH_MS;
      if (follows) assert(kept.airings.includes(next));
      // What is laid out anew begins where the last one kept ends.
      const last = kept.airings.at(-1);
      if (!last) return;
      const after = list[kept.airings.length]?.startMs ?? Infinity;
      assertEquals(kept.endMs, Math.min(last.startMs + LENGTH_MS, after));
    },
  ));
});

Deno.test("nothing changes where nothing changed, gaps included", () => {
  const before = { airings: airings([0, 5000]), endMs: 9000 };
  assertEquals(keep(before, options({ isSame: true, nowMs: 100 })), before);
});

Deno.test("a gap is filled up to what was told", () => {
  const before = { airings: airings([0, 5000]), endMs: 9000 };
  const list = before.airings.slice(0, 1);
  const silent = options({ nowMs: 2000, toldMs: 500 });
  assertEquals(keep(before, silent), { airings: list, endMs: LENGTH_MS });
  assertEquals(
    keep(before, { ...silent, toldMs: 3000 }).airings,
    before.airings,
  );
});

Deno.test("told to change all, it cuts what is on, on the next second", () => {
  const before = { airings: airings([0, 1000]), endMs: 2000 };
  const kept = keep(before, options({ changeAll: true, nowMs: 300 }));
  assertEquals([kept.airings.length, kept.endMs], [1, 1000]);
});
