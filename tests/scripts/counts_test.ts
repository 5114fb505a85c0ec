/**
 * Reading and adding up what `deno test` counted.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { plain } from "../../scripts/capture.ts";
import { addCounts, countsLine, readCounts } from "../../scripts/counts.ts";

Deno.test("counts come from the closing line", () => {
  const text = "a ... ok (1ms)\n\nok | 12 passed (3 steps) | 0 failed (2s)\n\n";
  assertEquals(readCounts(text, 0), { passed: 12, failed: 0, skipped: 0 });
  const bad =
    "FAILED | 1 passed | 2 failed | 3 ignored (1 step) | 4 filtered out";
  assertEquals(readCounts(bad, 1), { passed: 1, failed: 2, skipped: 3 });
});

Deno.test("a run that broke off counts as a failure", () => {
  const nothing = { passed: 0, failed: 1, skipped: 0 };
  assertEquals(readCounts("error: Type checking failed.\n", 1), nothing);
  const late = readCounts("ok | 5 passed | 0 failed (1s)\n", 1);
  assertEquals(late, { passed: 5, failed: 1, skipped: 0 });
});

Deno.test("counts add up to the line that CI reads", () => {
  const one = { passed: 1, failed: 0, skipped: 2 };
  const sum = addCounts([one, { passed: 10, failed: 1, skipped: 0 }]);
  assertEquals(countsLine(sum), "11 passed, 1 failed, 2 skipped");
  assertEquals(countsLine(addCounts([])), "0 passed, 0 failed, 0 skipped");
});

Deno.test("colours do not count", () => {
  assertEquals(plain("\x1b[0m\x1b[32mok\x1b[0m | 1 passed"), "ok | 1 passed");
});
