import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CONTENT_BYTES_MAX } from "../../lib/limits.ts";
import {
  alignRun,
  chunkLeaves,
  chunkOf,
  clipRun,
  isAlignedRun,
  isPadding,
  LEAF_BYTES,
  leafCount,
  leafLength,
  runBytes,
  treeDepth,
  treeWidth,
  unclesOf,
} from "../../lib/hashtree/mod.ts";

Deno.test("leafCount() counts a begun leaf as one", () => {
  assertEquals(
    [1, 16383, 16384, 16385, 32768].map(leafCount),
    [1, 1, 1, 2, 2],
  );
});

Deno.test("leafCount() refuses lengths of no file and files past CONTENT_BYTES_MAX", () => {
  for (const bad of [0, -1, 1.5, NaN, Infinity, CONTENT_BYTES_MAX + 1]) {
    assertThrows(() => leafCount(bad), RangeError);
  }
  assertEquals(leafCount(CONTENT_BYTES_MAX), 2 ** 26);
});

Deno.test("leafLength() of all leaves adds up to the length", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 * LEAF_BYTES }), (length) => {
      let sum = 0;
      for (let leaf = 0; leaf < leafCount(length) + 2; leaf++) {
        sum += leafLength(length, leaf);
      }
      assertEquals(sum, length);
    }),
  );
});

Deno.test("treeWidth() and treeDepth() take the power of two from the leaves on", () => {
  assertEquals([1, 2, 3, 4, 5, 8, 9].map(treeWidth), [1, 2, 4, 4, 8, 8, 16]);
  assertEquals([1, 2, 3, 4, 5, 8, 9].map(treeDepth), [0, 1, 2, 2, 3, 3, 4]);
});

Deno.test("alignRun() gives the smallest aligned run that holds all leaves", () => {
  fc.assert(
    fc.property(
      fc.nat(5000),
      fc.integer({ min: 1, max: 600 }),
      (from, count) => {
        const run = alignRun(from, count);
        assert(isAlignedRun(run.from, run.count));
        assert(run.from <= from && run.from + run.count >= from + count);
        const half = run.count / 2;
        const fits = [run.from, run.from + half].some((start) =>
          half >= 1 && start <= from && start + half >= from + count
        );
        assert(!fits, "half of it would do");
      },
    ),
  );
});

Deno.test("clipRun() and runBytes() stop at the end of the file", () => {
  assertEquals(clipRun({ from: 4, count: 4 }, 6), { from: 4, count: 2 });
  assertEquals(clipRun({ from: 8, count: 4 }, 6), { from: 8, count: 0 });
  assertEquals(runBytes(20000, 1, 4), { start: 16384, end: 20000 });
  assertEquals(runBytes(20000, 4, 4), { start: 20000, end: 20000 });
  assertEquals(chunkOf(7, 4), { from: 4, count: 4 });
});

Deno.test("chunkLeaves() follows the bitrate, and the length where that is unknown", () => {
  const minute = 60_000;
  assertEquals(chunkLeaves(1_000_000 / 8 * 60, minute), 1);
  assertEquals(chunkLeaves(1_000_000 / 8 * 60 + 1, minute), 4);
  assertEquals(chunkLeaves(1), 4);
  assertEquals(chunkLeaves(64 * 1024 * 1024 + 1), 8);
  assertEquals(chunkLeaves(64 * 1024 * 1024), 4);
  assertEquals(chunkLeaves(2 ** 40), 64);
});

Deno.test("unclesOf() names the siblings from the bottom up", () => {
  assertEquals(unclesOf({ from: 2, count: 1 }, 5), [
    { level: 0, index: 3 },
    { level: 1, index: 0 },
    { level: 2, index: 1 },
  ]);
  assertEquals(unclesOf({ from: 4, count: 4 }, 5), [{ level: 2, index: 0 }]);
  assertEquals(unclesOf({ from: 0, count: 8 }, 5), []);
  assertEquals(unclesOf({ from: 0, count: 1 }, 1), []);
});

Deno.test("unclesOf() refuses runs that are not aligned or too large", () => {
  for (const [from, count] of [[1, 2], [0, 3], [8, 1], [0, 16], [-1, 1]]) {
    assertThrows(
      () => unclesOf({ from: from ?? 0, count: count ?? 0 }, 5),
      RangeError,
    );
  }
});

Deno.test("isPadding() is true only for nodes wholly past the end", () => {
  assert(!isPadding({ level: 1, index: 2 }, 5));
  assert(isPadding({ level: 1, index: 3 }, 5));
  assert(isPadding({ level: 0, index: 5 }, 5));
});
