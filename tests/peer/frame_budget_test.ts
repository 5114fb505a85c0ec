import { assertEquals } from "@std/assert";
import { FRAMES_BURST, FRAMES_PER_SECOND } from "../../lib/limits.ts";
import { FrameBudget } from "../../lib/peer/frame_budget.ts";

Deno.test("FRAMES_BURST short messages come at once, then FRAMES_PER_SECOND", () => {
  const budget = new FrameBudget(0);
  for (let n = 0; n < FRAMES_BURST; n++) budget.take(8);
  assertEquals(budget.waitMs(0), 0);
  for (let n = 0; n < FRAMES_PER_SECOND; n++) budget.take(8);
  assertEquals(budget.waitMs(0), 1_000);
  assertEquals(budget.waitMs(400), 600);
  assertEquals(budget.waitMs(1_000), 0);
});

Deno.test("a long message costs as much as short ones of its length", () => {
  const budget = new FrameBudget(0);
  for (let n = 0; n < 100; n++) budget.take(64 * 1_000);
  const owed = 100 * 1_001 - FRAMES_BURST;
  assertEquals(budget.waitMs(0), owed * 1000 / FRAMES_PER_SECOND);
});

Deno.test("what is not used is not saved up beyond FRAMES_BURST", () => {
  const budget = new FrameBudget(0);
  assertEquals(budget.waitMs(3_600_000), 0);
  for (let n = 0; n < FRAMES_BURST + 10; n++) budget.take(0);
  assertEquals(budget.waitMs(3_600_000), 1);
});
