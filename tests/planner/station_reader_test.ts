import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { AlluviumError } from "../../lib/errors.ts";
import {
  ARTIST_DISTANCE_MAX,
  EVENT_TIMES_MAX,
  HORIZON_DAYS_MAX,
  STATION_DATES_MAX,
  STATION_FILE_CHARACTERS_MAX,
  STATION_GATEWAYS_MAX,
  STATION_TABLES_MAX,
} from "../../lib/limits.ts";
import { readStation } from "../../lib/planner/mod.ts";
import { TOWN_RADIO } from "./stations.ts";

const read = (text: string) => readStation(text, "station.toml");

/** `LINE:COLUMN message` of what is wrong. */
function wrong(text: string): string {
  const error = assertThrows(() => read(text), AlluviumError);
  assertEquals(error.code, "programme-file");
  assertEquals(error.place.file, "station.toml");
  return `${error.place.line}:${error.place.column} ${
    error.message.replace(/^.*?: /, "")
  }`;
}

Deno.test("readStation() reads everything a programme file can say", () => {
  const station = read(TOWN_RADIO);
  assertEquals(station.title, "Town radio");
  assertEquals(station.timeZone, "Europe/Vienna");
  assertEquals(station.gateways, ["https://gateway.example/"]);
  assertEquals(station.blocks.map(({ name, line }) => `${line} ${name}`), [
    "14 Breakfast",
    "24 Play",
    "32 Late",
    "39 Concert",
    "47 Christmas",
  ]);
  assertEquals(station.blocks[0], {
    name: "Breakfast",
    folder: "morning",
    order: "shuffled",
    artistDistance: 3,
    jingles: "jingles",
    jingleEvery: 3,
    last: "fit",
    line: 14,
    time: {
      kind: "daily",
      from: "06:00:00",
      to: "09:30:00",
      days: { weekdays: [1, 2, 3, 4, 5] },
    },
    repeat: true,
  });
  assertEquals(station.events[1]!.time, {
    kind: "daily",
    at: ["06:29:30", "07:29:30", "08:29:30"],
    days: { weekdays: [1, 2, 3, 4, 5] },
  });
});

Deno.test("readStation() takes TOML's own dates and times, and an empty file", () => {
  const station = read(`start = 2026-11-22T20:00:00+01:00
    [[block]]
    folder = './a\\b/'
    from = 06:00:00
    to = 24:00
    dates = [2026-12-24]`.replace("24:00", '"24:00"'));
  assertEquals(station.startMs, Date.UTC(2026, 10, 22, 19));
  const [block] = station.blocks;
  assertEquals(block!.folder, "a/b");
  assertEquals(block!.time, {
    kind: "daily",
    from: "06:00:00",
    to: "00:00:00",
    days: { dates: [{ from: "2026-12-24", to: "2026-12-24" }] },
  });
  assertEquals(read("").timeZone, "UTC");
});

Deno.test("a start without an offset is in the station's zone", () => {
  const zone = `time-zone = "Europe/Vienna"\n`;
  assertEquals(
    read(`${zone}start = 2026-07-01T20:00:00`).startMs,
    Date.UTC(2026, 6, 1, 18),
  );
  assertEquals(
    read(`${zone}start = "2026-12-01"`).startMs,
    Date.UTC(2026, 10, 30, 23),
  );
});

Deno.test("readStation() names line, column and field of what is wrong", () => {
  const cases: [string, RegExp][] = [
    ["a = \n", /^1:1 .*EOF/],
    ["title = 1", /^1:9 title wants a text in quotes/],
    ["\ntitel = 'x'", /^2:9 "titel" is no field; there are time-zone/],
    ["time-zone = 'Europe/Wien'", /^1:13 time-zone "Europe\/Wien" is none/],
    ["base-url = 'radio.example'", /^1:12 base-url "radio.example" is no addr/],
    ["base-url = 'https://a.example/?b'", /^1:12 base-url wants a folder's/],
    ["link = 'me@radio.example'", /^1:8 link .* is no address/],
    ["gateways = ['ftp://a.example']", /^1:12 gateways "ftp:.* is no address/],
    ["start = 'soon'", /start wants a time/],
    ["horizon-days = 0", /horizon-days wants a whole number from 1 to 366/],
    ["refresh-seconds = 1", /from 5 to 900/],
    ["block = 1", /block wants tables: write \[\[block\]\]/],
    ["fill = 1", /fill wants to be a table/],
    ["[fill]\n", /^1:1 \[fill\] folder is wanted: give one of/],
    ["[fill]\nfolder='a'\nfile='b'", /give one of folder, file and playlist/],
    ["[fill]\nfolder='a'\norder='random'", /^3:7 .*"in-order" or "shuffled"/],
    ["[[block]]\nfolder='a'\nfrom='25:00'", /from wants times such as/],
    ["[[block]]\nfolder='a'\ndays=['someday']", /days wants "mon" to "sun"/],
    ["[[block]]\nfolder='a'\ndates=['2026-02-30']", /dates wants dates/],
    ["[[block]]\nfolder='a'\ncron='0 20 * *'", /cron .* is no recurrence/],
    ["[[block]]\nfolder='a'\ncron='61 * * * *'", /cron .* is no recurrence/],
    ["[[block]]\nfolder='a'\ncron='0 20 * * *'", /minutes is wanted/],
    ["[[block]]\nfolder='a'\nrepeat=1", /repeat wants true or false/],
    ["[[event]]\nfile='a'", /^1:1 \[\[event\]\] at is wanted, or cron/],
    [
      "[[event]]\nname='x'\nfile='a'\nat='1:00'\n[[event]]\nname='x'\nfile='b'\nat='2:00'",
      /^5:1 .*"x" is taken already/,
    ],
  ];
  for (const [text, pattern] of cases) assertMatch(wrong(text), pattern);
});

Deno.test("no part of a programme file is longer than its limit", () => {
  const many = (count: number, text: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => text(i)).join("");
  const list = (count: number, text: string) =>
    `[${Array(count).fill(`"${text}"`).join(",")}]`;
  const cases: [string, RegExp][] = [
    [
      `#${"x".repeat(STATION_FILE_CHARACTERS_MAX)}`,
      /at most 262144 characters/,
    ],
    [
      many(
        STATION_TABLES_MAX + 1,
        (i) => `[[block]]\nname="${i}"\nfolder=""\n`,
      ),
      /at most 400 tables/,
    ],
    [
      `gateways = ${list(STATION_GATEWAYS_MAX + 1, "https://g/")}`,
      /at most 8 values/,
    ],
    [
      `[[event]]\nfile="a"\nat="1:00"\ndates=${
        list(STATION_DATES_MAX + 1, "2026-01-01")
      }`,
      /at most 366 values/,
    ],
    [
      `[[event]]\nfile="a"\nat=${list(EVENT_TIMES_MAX + 1, "1:00")}`,
      /at most 1440 values/,
    ],
    [
      `[fill]\nfolder=""\nartist-distance = ${ARTIST_DISTANCE_MAX + 1}`,
      /from 0 to 200/,
    ],
    [`horizon-days = ${HORIZON_DAYS_MAX + 1}`, /from 1 to 366/],
  ];
  for (const [text, pattern] of cases) {
    const error = assertThrows(() => read(text), AlluviumError);
    assertMatch(error.message, pattern);
  }
});

Deno.test("any text is a station or an error with its place, damaged files too", () => {
  const damaged = fc.tuple(
    fc.nat(TOWN_RADIO.length),
    fc.string({ maxLength: 3 }),
    fc.nat(3),
  ).map(([at, text, skip]) =>
    TOWN_RADIO.slice(0, at) + text + TOWN_RADIO.slice(at + skip)
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), damaged), (text) => {
      try {
        read(text);
      } catch (error) {
        if (!(error instanceof AlluviumError)) throw error;
        assertEquals(error.code, "programme-file");
      }
    }),
    { numRuns: 300 },
  );
});
