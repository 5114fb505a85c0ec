import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  FIT_CANDIDATES_MAX,
  FIT_PAIR_CANDIDATES_MAX,
} from "../../lib/limits.ts";
import type { Track } from "../../lib/planner/mod.ts";
import { fit } from "../../lib/planner/fit.ts";
import { occurrences } from "../../lib/planner/recurrence.ts";
import { spansOf } from "../../lib/planner/spans.ts";
import { readStation } from "../../lib/planner/mod.ts";
import { isTimeZone, localDate, localToMs } from "../../lib/planner/zone.ts";

const VIENNA = "Europe/Vienna";
const HOUR = 3_600_000;
/** The Sundays on which Vienna's clocks change. */
const SPRING = "2026-03-29";
const AUTUMN = "2026-10-25";

Deno.test("a time that the wall clock skips is an hour later, one that comes twice the first", () => {
  assertEquals(
    localToMs(SPRING, "02:30:00", VIENNA),
    Date.UTC(2026, 2, 29, 1, 30),
  );
  assertEquals(
    localToMs(SPRING, "03:30:00", VIENNA),
    Date.UTC(2026, 2, 29, 1, 30),
  );
  assertEquals(
    localToMs(AUTUMN, "02:30:00", VIENNA),
    Date.UTC(2026, 9, 25, 0, 30),
  );
  assertEquals(localDate(Date.UTC(2026, 5, 1, 22), VIENNA), "2026-06-02");
  assertEquals([VIENNA, "UTC", "Nowhere/Land", ""].map(isTimeZone), [
    true,
    true,
    false,
    false,
  ]);
});

Deno.test("an hourly recurrence happens each real hour, a daily one once a day", () => {
  const day = (date: string, cron: string) =>
    occurrences(
      cron,
      VIENNA,
      localToMs(date, "00:00:00", VIENNA),
      localToMs(date, "00:00:00", VIENNA) + 26 * HOUR,
    ).filter((ms) => localDate(ms, VIENNA) === date).length;
  assertEquals(day(SPRING, "0 * * * *"), 23);
  assertEquals(day(AUTUMN, "0 * * * *"), 25);
  assertEquals(day(SPRING, "30 2 * * *"), 1);
  assertEquals(day(AUTUMN, "30 2 * * *"), 1);
});

Deno.test("a recurrence counts its first moment and not its last, with seconds too", () => {
  const at = Date.UTC(2026, 0, 1);
  assertEquals(occurrences("0 * * * *", "UTC", at, at + 2 * HOUR), [
    at,
    at + HOUR,
  ]);
  assertEquals(occurrences("0 * * * *", "UTC", at + 1, at + 2 * HOUR), [
    at + HOUR,
  ]);
  assertEquals(
    occurrences("50 59 23 * * *", "UTC", at, at + 24 * HOUR),
    [at + 24 * HOUR - 10_000],
  );
  // The first Monday of a month.
  assertEquals(
    occurrences("0 12 * * 1#1", "UTC", at, at + 60 * 24 * HOUR)
      .map((ms) => new Date(ms).toISOString().slice(0, 10)),
    ["2026-01-05", "2026-02-02"],
  );
});

Deno.test("spans tile time, whatever the blocks and the clock do", () => {
  const hour = fc.integer({ min: 0, max: 23 });
  const block = fc.tuple(hour, hour, fc.constantFrom("daily", "sun", "sat"))
    .map(([from, to, day]) =>
      `[[block]]\nfolder = ""\ndays = ["${day}"]\nfrom = "${from}:30"\nto = "${to}:00"\n`
    );
  fc.assert(
    fc.property(
      fc.array(block, { maxLength: 5 }),
      fc.constantFrom(SPRING, AUTUMN),
      (blocks, date) => {
        const station = readStation(
          `time-zone = "${VIENNA}"\n${blocks.join("")}`,
          "s",
        );
        const from = localToMs(date, "00:00:00", VIENNA) - 30 * HOUR;
        const until = from + 80 * HOUR;
        const spans = spansOf(station, from, until);
        assertEquals(spans[0]!.startMs, from);
        assertEquals(spans.at(-1)!.endMs, until);
        spans.forEach(({ startMs, endMs, sinceMs }, i) => {
          assert(startMs < endMs && sinceMs <= startMs);
          assertEquals(endMs, spans[i + 1]?.startMs ?? until);
        });
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("a block over the hour that is skipped or comes twice is that much shorter or longer", () => {
  const length = (date: string) => {
    const station = readStation(
      `time-zone = "${VIENNA}"\n[[block]]\nfolder = ""\nfrom = "01:00"\nto = "04:00"`,
      "s",
    );
    const from = localToMs(date, "00:00:00", VIENNA);
    const span = spansOf(station, from, from + 24 * HOUR)
      .find(({ block }) => block)!;
    return (span.endMs - span.startMs) / HOUR;
  };
  assertEquals([SPRING, "2026-06-01", AUTUMN].map(length), [2, 3, 4]);
});

const lengths = fc.array(fc.integer({ min: 1, max: 60 }), {
  minLength: 1,
  maxLength: 7,
});

/** The least that must be cut, by trying every set of one to three. */
function leastOver(all: readonly number[], leftMs: number): number {
  const sums = all.flatMap((a, i) => [
    a,
    ...all.slice(i + 1).flatMap((b, j) => [
      a + b,
      ...all.slice(i + j + 2).map((c) => a + b + c),
    ]),
  ]);
  return Math.min(
    ...sums.map((sum) => sum - leftMs).filter((over) => over >= 0),
  );
}

Deno.test("fit() agrees with trying every set, to a quarter of a second", () => {
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 150 }), (all, left) => {
      const list = all.map((seconds, i): Track => ({
        path: `${i}`,
        durationMs: seconds * 1000,
      }));
      const leftMs = left * 1000;
      const found = fit(list, [leftMs, leftMs, leftMs], () => true);
      const best = leastOver(all, left) * 1000;
      assertEquals(found?.overMs ?? Infinity, best);
      const sum = found?.tracks.reduce((s, t) => s + t.durationMs, 0) ?? 0;
      if (found) assertEquals(sum - leftMs, best);
      assertEquals(new Set(found?.tracks).size, found?.tracks.length ?? 0);
    }),
    { numRuns: 300 },
  );
});

/** So many tracks of about ten seconds, then one of another length. */
function tenSeconds(count: number, lastMs: number): Track[] {
  return Array.from({ length: count + 1 }, (_, i): Track => ({
    path: `${i}`,
    durationMs: i === count ? lastMs : 10_000 + i,
    creator: "One",
  }));
}

Deno.test("fit() takes only tracks that go together", () => {
  const list = tenSeconds(10, 12_000);
  assertEquals(fit(list, [19_000, 19_000, 19_000], () => false), undefined);
});

Deno.test("fit() looks for three among FIT_CANDIDATES_MAX tracks", () => {
  const list = tenSeconds(FIT_CANDIDATES_MAX, 15_000);
  const left: [number, number, number] = [34_900, 34_900, 34_900];
  assertEquals(fit(list, left, () => true), undefined);
});

Deno.test("fit() looks for two among FIT_PAIR_CANDIDATES_MAX tracks where the first end nothing on time", () => {
  const left: [number, number, number] = [24_900, 24_900, 24_900];
  const few = tenSeconds(FIT_CANDIDATES_MAX, 15_000);
  assertEquals(fit(few, left, () => true)?.overMs, 100);
  const many = tenSeconds(FIT_PAIR_CANDIDATES_MAX, 15_000);
  assertEquals(fit(many, left, () => true)?.tracks.length, 3);
});
