import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatTime, parseTime } from "../../lib/playlist/mod.ts";

const EVENING = Date.UTC(2026, 10, 22, 20);

Deno.test("parseTime() reads every form of W3CDTF", () => {
  const forms: [string, number][] = [
    ["2026", Date.UTC(2026, 0, 1)],
    ["2026-11", Date.UTC(2026, 10, 1)],
    ["2026-11-22", Date.UTC(2026, 10, 22)],
    ["2026-11-22T20:00Z", EVENING],
    ["2026-11-22T20:00:00Z", EVENING],
    ["2026-11-22T20:00:00.25Z", EVENING + 250],
    ["2026-11-22T15:00:00-05:00", EVENING],
    ["1994-11-05T08:15:30-05:00", Date.UTC(1994, 10, 5, 13, 15, 30)],
  ];
  for (const [text, ms] of forms) {
    assertEquals(parseTime(text), { ms, zoned: true }, text);
  }
});

Deno.test("parseTime() reads what is met in the wild", () => {
  const forms = [
    " 2026-11-22T20:00:00Z\n",
    "2026-11-22T21:00:00+0100",
    "2026-11-22T21:00:00+01",
    "2026-11-22T20:00:00.0000000Z",
    "2026-11-22 20:00:00Z",
    "2026-11-22t20:00:00z",
    "2026-11-22T20:00:00 +00:00",
    "20261122T200000Z",
    "20261122T2000Z",
    "20261122T210000+0100",
    "Sun, 22 Nov 2026 20:00:00 GMT",
    "22 Nov 26 15:00 EST",
    "Sun, 22 Nov 2026 12:00:00 -0800",
  ];
  for (const text of forms) {
    assertEquals(parseTime(text), { ms: EVENING, zoned: true }, text);
  }
});

Deno.test("parseTime() takes a time without zone as UTC and says so", () => {
  for (
    const text of [
      "2026-11-22T20:00",
      "20261122T200000",
      "22 Nov 2026 20:00:00",
    ]
  ) {
    assertEquals(parseTime(text), { ms: EVENING, zoned: false }, text);
  }
});

Deno.test("parseTime() takes a leap second as the next minute's first", () => {
  assertEquals(parseTime("2016-12-31T23:59:60Z")?.ms, Date.UTC(2017, 0, 1));
});

Deno.test("parseTime() refuses what is no time", () => {
  const wrong = [
    "",
    "soon",
    "2026-13-01",
    "2026-02-30",
    "2026-11-22T24:00Z",
    "2026-11-22T20:60Z",
    "2026-11-22T20:00:61Z",
    "2026-11-22T20Z",
    "2026-11-22T20:00:00+25:00",
    "2026-11-22T20:00:00+01:60",
    "2026-11-22T20:00:00Zulu",
    "22 Foo 2026 20:00:00 GMT",
    "1e9",
    "-2026-11-22",
    "2026-11-22T20:00:00Z 2026",
  ];
  for (const text of wrong) assertEquals(parseTime(text), undefined, text);
});

Deno.test("parseTime() reads back what formatTime() wrote", () => {
  const last = Date.UTC(9999, 11, 31);
  const first = Date.UTC(100, 0, 1);
  fc.assert(fc.property(fc.integer({ min: first, max: last }), (ms) => {
    assertEquals(parseTime(formatTime(ms)), { ms, zoned: true });
  }));
});

Deno.test("parseTime() agrees with Date on ISO times and never throws", () => {
  fc.assert(
    fc.property(
      fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
      (date) => {
        assertEquals(parseTime(date.toISOString())?.ms, date.getTime());
        assertEquals(
          parseTime(date.toUTCString())?.ms,
          Math.floor(date.getTime() / 1000) * 1000,
        );
      },
    ),
  );
  fc.assert(fc.property(fc.string(), (text) => void parseTime(text)));
});

Deno.test("formatTime() writes UTC, and milliseconds only where there are any", () => {
  assertEquals(formatTime(EVENING), "2026-11-22T20:00:00Z");
  assertEquals(formatTime(EVENING + 5), "2026-11-22T20:00:00.005Z");
});
