import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { AlluviumError } from "../../lib/errors.ts";
import {
  type Airing,
  type Plan,
  planProgramme,
  readStation,
  type Track,
} from "../../lib/planner/mod.ts";
import { library, TOWN_RADIO, townLibrary, tracks } from "./stations.ts";

const MONDAY = Date.UTC(2026, 10, 23);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Lays out some hours of a programme file from Monday on. */
function plan(text: string, media: Track[], hours = 24): Plan {
  return planProgramme({
    station: readStation(text, "station.toml"),
    library: library(media),
    fromMs: MONDAY,
    untilMs: MONDAY + hours * HOUR,
  });
}

/** `HH:MM:SS NAME` of each airing. */
function brief(airings: Airing[]): string[] {
  return airings.map(({ startMs, path }) =>
    `${new Date(startMs).toISOString().slice(11, 19)} ${path}`
  );
}

/** Tracks of a folder, each of these lengths in minutes. */
function folder(name: string, ...minutes: number[]): Track[] {
  return minutes.map((length, i) => ({
    path: `${name}/${i}`,
    durationMs: Math.round(length * MINUTE),
  }));
}

Deno.test("a folder in order plays in order, over and over", () => {
  const { airings } = plan(
    `[fill]\nfolder = "m"\norder = "in-order"`,
    folder("m", 20, 30),
    2,
  );
  assertEquals(brief(airings), [
    "00:00:00 m/0",
    "00:20:00 m/1",
    "00:50:00 m/0",
    "01:10:00 m/1",
    "01:40:00 m/0",
  ]);
});

Deno.test("cut: the next block starts on its second", () => {
  const { airings } = plan(
    `[fill]\nfolder = "m"\norder = "in-order"\nlast = "cut"
    [[block]]\nfolder = "b"\nfrom = "00:50"\nto = "01:10"\nlast = "cut"`,
    [...folder("m", 20), ...folder("b", 15)],
    1.5,
  );
  assertEquals(brief(airings), [
    "00:00:00 m/0",
    "00:20:00 m/0",
    "00:40:00 m/0",
    "00:50:00 b/0",
    "01:05:00 b/0",
    "01:10:00 m/0",
  ]);
});

Deno.test("finish: the item plays to its end and the next block starts late", () => {
  const { airings } = plan(
    `[fill]\nfolder = "m"\norder = "in-order"\nlast = "finish"
    [[block]]\nfolder = "b"\nfrom = "00:50"\nto = "01:10"\nlast = "finish"`,
    [...folder("m", 20), ...folder("b", 15)],
    1.5,
  );
  assertEquals(brief(airings).slice(2), [
    "00:40:00 m/0",
    "01:00:00 b/0",
    "01:15:00 m/0",
  ]);
});

Deno.test("fit: items are chosen so that the block ends on time", () => {
  const { airings, problems } = plan(
    `[fill]\nfolder = "m"\n[[event]]\nfile = "news"\ncron = "0 * * * *"`,
    [...tracks("m", 60, 0, [120, 300]), { path: "news", durationMs: 90_000 }],
  );
  const news = airings.filter(({ path }) => path === "news");
  assertEquals(news.map(({ startMs }) => startMs % HOUR), Array(24).fill(0));
  assertEquals(problems, []);
  assert(cuts(airings, 300_000).every((ms) => ms <= 3000));
});

Deno.test("fit in order: what does not fit waits, and the rotation ends the block on time", () => {
  const { airings } = plan(
    `[fill]\nfolder = "m"
    [[block]]\nname = "Play"\nfolder = "b"\norder = "in-order"\nfrom = "00:00"\nto = "01:00"`,
    [...tracks("m", 60, 0, [120, 300]), ...folder("b", 25, 25, 25)],
    25,
  );
  const plays = airings.filter(({ by }) => by === "Play");
  assertEquals(brief(plays), [
    "00:00:00 b/0",
    "00:25:00 b/1",
    "00:00:00 b/2",
    "00:25:00 b/0",
  ]);
});

Deno.test("an event cuts what finishes, too", () => {
  const { airings } = plan(
    `[fill]\nfolder = "m"\norder = "in-order"\nlast = "finish"
    [[event]]\nfile = "e"\nat = "00:30:15"`,
    [...folder("m", 20), { path: "e", durationMs: 45_000 }],
    1,
  );
  assertEquals(brief(airings), [
    "00:00:00 m/0",
    "00:20:00 m/0",
    "00:30:15 e",
    "00:31:00 m/0",
    "00:51:00 m/0",
  ]);
});

Deno.test("jingles come after every so many items, one after the other", () => {
  const { airings } = plan(
    `[fill]\nfolder = "m"\njingles = "j"\njingle-every = 2\nlast = "cut"`,
    [...tracks("m", 20, 0, [120, 300]), ...folder("j", 0.1, 0.2, 0.3)],
    2,
  );
  const line = airings.map(({ path }) => path.startsWith("j/") ? path : "m")
    .slice(0, 9).join(" ");
  assertEquals(line, "m m j/0 m m j/1 m m j/2");
});

Deno.test("a block that does not repeat starts anew each time and leaves the rest to the rotation", () => {
  const { airings } = plan(
    `[fill]\nfolder = "m"\nlast = "cut"
    [[block]]\nname = "b"\nfolder = "b"\norder = "in-order"\nrepeat = false\nfrom = "10:00"\nto = "11:00"\nlast = "cut"`,
    [...tracks("m", 20, 0, [120, 300]), ...folder("b", 10, 20)],
    48,
  );
  const own = airings.filter(({ by }) => by === "b");
  assertEquals(brief(own), [
    "10:00:00 b/0",
    "10:10:00 b/1",
    "10:00:00 b/0",
    "10:10:00 b/1",
  ]);
});

Deno.test("the block further down has the time", () => {
  const { airings } = plan(
    `[[block]]\nname = "a"\nfolder = "m"\nlast = "cut"
    [[block]]\nname = "b"\nfolder = "m"\ndates = ["2026-11-23"]\nfrom = "06:00"\nto = "07:00"\nlast = "cut"`,
    folder("m", 30),
    8,
  );
  const names = airings.map(({ by }) => by).join("");
  assertEquals(names, "aaaaaaaaaaaabbaa");
});

Deno.test("a block goes on past midnight, and its day is the one it begins on", () => {
  const { airings } = plan(
    `[[block]]\nname = "late"\nfolder = "m"\ndays = ["mon"]\nfrom = "23:00"\nto = "01:00"\nlast = "cut"`,
    folder("m", 60),
    72,
  );
  assertEquals(brief(airings), ["23:00:00 m/0", "00:00:00 m/0"]);
});

Deno.test("recurrences of cron play for their minutes, on days that hold", () => {
  const { airings } = plan(
    `[[block]]\nfolder = "m"\ncron = "30 9 * * *"\nminutes = 60\ndays = ["tue", "thu"]\nlast = "cut"`,
    folder("m", 30),
    24 * 7,
  );
  assertEquals(
    airings.map(({ startMs }) => (startMs - MONDAY) / HOUR),
    [33.5, 34, 81.5, 82],
  );
});

Deno.test("what cannot be done is told of once, with how often", () => {
  const { airings, problems } = plan(
    `[[block]]\nname = "b"\nfolder = "none"\nfrom = "01:00"\nto = "02:00"
    [[event]]\nname = "e"\nfile = "none"\ncron = "0 * * * *"
    [[event]]\nname = "f"\nfile = "m/0"\nat = "04:00"
    [[event]]\nname = "g"\nfile = "m/0"\nat = "04:00"
    [[event]]\nname = "h"\nfile = "m/0"\nat = "04:10"`,
    folder("m", 20),
    12,
  );
  assertEquals(brief(airings), ["04:00:00 m/0", "04:10:00 m/0"]);
  assertEquals(
    problems.map(({ code, count, message }) =>
      `${code} ${count} ${message.split(":")[0]}`
    ).sort(),
    [
      "empty-source 1 b",
      "empty-source 12 e",
      "event-cut 1 f",
      "gap 1 b",
      "gap 3 the rotation",
      "same-second 1 g",
    ],
  );
});

Deno.test("a programme laid out in parts is the one laid out at once", () => {
  const station = readStation(TOWN_RADIO, "station.toml");
  const media = townLibrary();
  const fromMs = Date.UTC(2026, 9, 24);
  const untilMs = fromMs + 72 * HOUR;
  const whole = planProgramme({ station, library: media, fromMs, untilMs });
  const some = fc.array(fc.integer({ min: 1, max: 71 * 60 }), {
    minLength: 1,
    maxLength: 4,
  });
  fc.assert(
    fc.property(some, (minutes) => {
      const aired: Airing[] = [];
      let at = fromMs;
      for (const minute of [...minutes.sort((a, b) => a - b), 72 * 60]) {
        const until = fromMs + minute * MINUTE;
        const part = planProgramme({
          station,
          library: media,
          aired,
          fromMs: at,
          untilMs: until,
        });
        aired.push(...part.airings);
        at = part.endMs;
      }
      // A part may end within a fitted set: what follows is fitted anew.
      assertEquals(aired[0], whole.airings[0]);
      const events = (list: Airing[]) =>
        list.filter(({ by }) => by === "News" || by === "Weather");
      assertEquals(events(aired), events(whole.airings));
    }),
    { numRuns: 10 },
  );
});

Deno.test("any programme is in order of time, without a hole, within its days", () => {
  const rules = fc.record({
    last: fc.constantFrom("cut", "finish", "fit"),
    order: fc.constantFrom("in-order", "shuffled"),
    distance: fc.nat(3),
    from: fc.nat(23),
    to: fc.nat(23),
    minute: fc.nat(59),
    songs: fc.integer({ min: 1, max: 12 }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(rules, (r) => {
      const two = (n: number) => String(n).padStart(2, "0");
      const { airings, endMs } = plan(
        `seed = "${r.seed}"\ntime-zone = "America/New_York"
        [fill]\nfolder = "m"\nlast = "${r.last}"
        [[block]]\nname = "b"\nfolder = "b"\norder = "${r.order}"
        artist-distance = ${r.distance}\nlast = "${r.last}"
        from = "${two(r.from)}:00"\nto = "${two(r.to)}:30"
        [[event]]\nname = "e"\nfile = "e"\ncron = "${r.minute} * * * *"`,
        [
          ...tracks("m", r.songs, 2, [60, 700]),
          ...tracks("b", r.songs, 3, [30, 4000]),
          { path: "e", durationMs: 77_000 },
        ],
        30,
      );
      const media = new Map([
        ...tracks("m", r.songs, 2, [60, 700]),
        ...tracks("b", r.songs, 3, [30, 4000]),
      ].map(({ path, durationMs }) => [path, durationMs]));
      assertEquals(airings[0]!.startMs, MONDAY);
      airings.forEach(({ startMs, path }, i) => {
        const nextMs = airings[i + 1]?.startMs ?? endMs;
        const ownMs = media.get(path) ?? 77_000;
        assert(startMs < nextMs && nextMs <= startMs + ownMs);
      });
      const events = airings.filter(({ by }) => by === "e");
      assertEquals(
        events.map(({ startMs }) => (startMs - MONDAY) / MINUTE).slice(0, 30),
        Array.from({ length: 30 }, (_, i) => i * 60 + r.minute),
      );
    }),
    { numRuns: 60 },
  );
});

Deno.test("a programme past PLAYLIST_ITEMS_MAX is refused", () => {
  const error = assertThrows(
    () => plan(`[fill]\nfolder = "m"\nlast = "cut"`, folder("m", 0.001), 24),
    AlluviumError,
    "lay out fewer days",
  );
  assertEquals(error.code, "programme-file");
});

/** What is cut off each airing that is followed by another, in ms, at lengths up to a bound. */
function cuts(airings: Airing[], longestMs: number): number[] {
  const lengths = new Map(
    tracks("m", 60, 0, [120, 300]).map((t) => [t.path, t.durationMs]),
  );
  return airings.slice(0, -1).map(({ path, startMs }, i) =>
    Math.min(lengths.get(path) ?? 90_000, longestMs) -
    (airings[i + 1]!.startMs - startMs)
  );
}
