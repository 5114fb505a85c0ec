/**
 * A year of the town's radio, from its programme file, with both changes of the
 * clock: judged by rules written down here a second time, by another way of
 * telling local time than the planner's.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import {
  type Airing,
  planProgramme,
  readStation,
} from "../../lib/planner/mod.ts";
import { TOWN_RADIO, townLibrary } from "./stations.ts";

const FROM = Date.UTC(2026, 0, 1);
const UNTIL = Date.UTC(2027, 0, 1);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const library = townLibrary();
const tracks = new Map(library.tracks.map((track) => [track.path, track]));
const { airings, problems, endMs } = planProgramme({
  station: readStation(TOWN_RADIO, "station.toml"),
  library,
  fromMs: FROM,
  untilMs: UNTIL,
});

/** A wall clock in Vienna, by `Intl`, asked once an hour: its offset changes on the hour. */
interface Wall {
  /** `2026-12-24`. */
  date: string;
  /** 1 to 7. */
  weekday: number;
  /** Seconds since its midnight. */
  second: number;
}

const FORMAT = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Europe/Vienna",
  dateStyle: "short",
  timeStyle: "medium",
});
const offsets = new Map<number, number>();

function wallAt(ms: number): Wall {
  const hour = Math.floor(ms / HOUR);
  let offset = offsets.get(hour);
  if (offset === undefined) {
    const text = FORMAT.format(hour * HOUR).replace(" ", "T");
    offsets.set(hour, offset = Date.parse(`${text}Z`) - hour * HOUR);
  }
  const local = new Date(ms + offset);
  return {
    date: local.toISOString().slice(0, 10),
    weekday: local.getUTCDay() || 7,
    second: (ms + offset) / 1000 % 86_400,
  };
}

function durationOf({ path }: Airing): number {
  return tracks.get(path)!.durationMs;
}

function endOf(index: number): number {
  return airings[index + 1]?.startMs ?? endMs;
}

/** What is cut off an airing, in ms; negative: a gap follows. */
function cutOf(index: number): number {
  const airing = airings[index]!;
  return airing.startMs + durationOf(airing) - endOf(index);
}

const isEvent = ({ by }: Airing) =>
  ["News", "Weather", "Midnight of the year"].includes(by);
const isJingle = ({ by }: Airing) => by.startsWith("jingle:");
const clock = (text: string) => {
  const [h, m, s = 0] = text.split(":").map(Number);
  return (h! * 60 + m!) * 60 + s;
};

/** Every event of the year, by going through it second by second where one may be. */
function expectedEvents(): string[] {
  const found: string[] = [];
  const weather = ["06:29:30", "07:29:30", "08:29:30"].map(clock);
  for (let ms = FROM; ms < UNTIL; ms += 10_000) {
    const { second, weekday, date } = wallAt(ms);
    if (second % 3600 === 0) found.push(`${ms} News`);
    if (weather.includes(second) && weekday <= 5) found.push(`${ms} Weather`);
    if (date === "2026-12-31" && second === clock("23:59:50")) {
      found.push(`${ms} Midnight of the year`);
    }
  }
  return found;
}

/** Whose time it is, by the file's blocks from the last to the first. */
function ownerAt(ms: number): string {
  const { date, weekday, second } = wallAt(ms);
  // The hour from 02:00 comes twice: what ends at 02:30 ends the first time.
  const isSecond = ms >= Date.UTC(2026, 9, 25, 1) && date === "2026-10-25";
  // It does not come at all: 02:30 is an hour later.
  const end = date === "2026-03-29" ? "03:30" : "02:30";
  const yesterday = second < clock(end) && !isSecond;
  if ("2026-12-24" <= date && date <= "2026-12-26") return "Christmas";
  const day = Number(date.slice(8));
  if (
    weekday === 5 && day <= 7 && second >= clock("19:30") &&
    second < clock("21:00")
  ) return "Concert";
  if (second >= clock("23:00") || yesterday) return "Late";
  if (weekday === 3 && second >= clock("20:00") && second < clock("22:00")) {
    return "Play";
  }
  if (weekday <= 5 && second >= clock("06:00") && second < clock("09:30")) {
    return "Breakfast";
  }
  return "fill";
}

Deno.test("a year: every event starts on its second, each hour of both clock changes included", () => {
  const events = airings.filter(isEvent)
    .map(({ startMs, by }) => `${startMs} ${by}`);
  assertEquals(events, expectedEvents());
  assertEquals(events.filter((line) => line.endsWith("News")).length, 8760);
});

Deno.test("a year: no gap, nothing out of order", () => {
  assertEquals(airings[0]!.startMs, FROM);
  airings.forEach((airing, i) => {
    assert(endOf(i) > airing.startMs && cutOf(i) >= 0, `${i}`);
  });
});

Deno.test("a year: each item is by the block whose time it is, or fills what that leaves", () => {
  const wrong = airings.filter((airing) => {
    if (isEvent(airing) || isJingle(airing)) return false;
    const owner = ownerAt(airing.startMs);
    if (airing.by === owner) return false;
    // A play that does not fit leaves its rest to the rotation.
    return !(owner === "Play" && airing.by === "fill");
  });
  assertEquals(wrong, []);
});

Deno.test("a year: no artist comes again within the distance", () => {
  const music = airings.filter((one) => !isEvent(one) && !isJingle(one));
  const distances: Record<string, number> = {
    fill: 5,
    Breakfast: 3,
    Christmas: 2,
  };
  const wrong = music.filter(({ path, by }, i) => {
    const artist = tracks.get(path)!.creator;
    return music.slice(Math.max(0, i - (distances[by] ?? 0)), i)
      .some((other) => tracks.get(other.path)!.creator === artist) &&
      artist !== undefined;
  });
  assertEquals(wrong, []);
});

Deno.test("a year: jingles come after four items, plays in their order, concerts finish", () => {
  const runs: number[] = [];
  let run = 0;
  for (const [i, airing] of airings.entries()) {
    if (isJingle(airing)) {
      // At the seam of two blocks the next one's count holds.
      if (airings[i + 1]?.by === "fill") runs.push(run);
      run = 0;
    } else if (airing.by === "fill") run++;
    else if (!isEvent(airing)) run = NaN; // Another block's count.
  }
  const whole = runs.filter((length) => !Number.isNaN(length));
  assert(whole.length > 10_000);
  assertEquals(new Set(whole), new Set([4]));
  const plays = airings.filter(({ by }) => by === "Play");
  plays.forEach(({ path }, i) =>
    assertEquals(path, `drama/${String(i % 12).padStart(4, "0")}.mp3`)
  );
  airings.forEach((airing, i) => {
    const next = airings[i + 1];
    if (airing.by !== "Concert" || cutOf(i) === 0) return;
    assertEquals(next?.by, "News");
  });
});

Deno.test("a year: nothing comes again before half of the music was on", () => {
  const last = new Map<string, number>();
  const fill = airings.filter(({ by }) => by === "fill");
  let nearest = Infinity;
  fill.forEach(({ path }, i) => {
    nearest = Math.min(nearest, i - (last.get(path) ?? -Infinity));
    last.set(path, i);
  });
  assert(nearest >= 390, `${nearest}`);
});

Deno.test("a year in one line", () => {
  const fitted = airings.map((airing, i) => ({ airing, cutMs: cutOf(i) }))
    .filter(({ airing: { by } }, i) =>
      ["fill", "Breakfast", "Christmas"].includes(by) && cutOf(i) > 0
    );
  const loose = fitted.filter(({ cutMs }) => cutMs > 3000);
  const sorted = fitted.map(({ cutMs }) => cutMs).sort((a, b) => a - b);
  const p99 = sorted[Math.floor(sorted.length * 0.99)]!;
  const events = airings.filter(isEvent).length;
  // Where an episode leaves less than the shortest song, one must be cut.
  assert(loose.length <= 40, `${loose.length}`);
  assert(p99 <= 1000, `${p99}`);
  assertEquals(problems.map(({ code }) => code), ["loose-fit"]);
  console.log(
    `a year: ${airings.length} items, ${events} events on their second, ` +
      `0 gaps, 0 rules broken, ${fitted.length} ends fitted, ` +
      `99 % of them within ${p99} ms, ${loose.length} beyond 3 s`,
  );
});
