import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ITEM_DURATION_MS_MAX } from "../../lib/limits.ts";
import {
  parseClockDuration,
  parseMilliseconds,
  updateInterval,
  updateRule,
} from "../../lib/playlist/durations.ts";

Deno.test("parseMilliseconds() takes whole milliseconds within the limit", () => {
  assertEquals(parseMilliseconds(" 188600 "), 188600);
  assertEquals(parseMilliseconds("188600.4"), 188600);
  assertEquals(
    parseMilliseconds(String(ITEM_DURATION_MS_MAX)),
    ITEM_DURATION_MS_MAX,
  );
});

Deno.test("parseMilliseconds() refuses zero, negative, absurd and other things", () => {
  const wrong = [
    "0",
    "-1",
    "0.2",
    String(ITEM_DURATION_MS_MAX + 1),
    "1e9",
    "3:08",
    "",
    "Infinity",
    "9".repeat(400),
  ];
  for (const text of wrong) {
    assertEquals(parseMilliseconds(text), undefined, text);
  }
});

Deno.test("parseClockDuration() reads seconds, minutes and hours", () => {
  assertEquals(parseClockDuration("3605"), 3_605_000);
  assertEquals(parseClockDuration("60:05"), 3_605_000);
  assertEquals(parseClockDuration("1:00:05"), 3_605_000);
  assertEquals(parseClockDuration("01:00:05.5"), 3_605_500);
  for (const text of ["0", "00:00:00", "1:2:3:4", "-5", "a:b", "", "1:"]) {
    assertEquals(parseClockDuration(text), undefined, text);
  }
});

Deno.test("updateInterval() follows mod_syndication and its defaults", () => {
  assertEquals(updateInterval("hourly", "60"), 60_000);
  assertEquals(updateInterval("Weekly"), 7 * 86_400_000);
  assertEquals(updateInterval(undefined, "2"), 43_200_000);
  assertEquals(updateInterval("hourly", "0"), undefined);
  assertEquals(updateInterval("hourly", "often"), undefined);
  assertEquals(updateInterval("now", "1"), undefined);
});

Deno.test("updateRule() says an interval that updateInterval() reads back", () => {
  fc.assert(fc.property(
    fc.constantFrom("hourly", "daily", "weekly", "monthly", "yearly"),
    fc.integer({ min: 1, max: 12 }),
    (period, times) => {
      const ms = updateInterval(period, String(times))!;
      const rule = updateRule(ms);
      assertEquals(updateInterval(rule.period, String(rule.frequency)), ms);
    },
  ));
});
