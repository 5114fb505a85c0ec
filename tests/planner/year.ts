/**
 * A year of the town's radio, from its programme file, with both changes of the
 * clock: judged by rules written down here a second time, by another way of
 * telling local time than the planner's.
 *
 * @module
 */
import {
  type Airing,
  type PlanProblem,
  planProgramme,
  readStation,
} from "../../lib/planner/mod.ts";
import { TOWN_RADIO, townLibrary } from "./stations.ts";

/** The year. */
export const FROM = Date.UTC(2026, 0, 1);
const UNTIL = Date.UTC(2027, 0, 1);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const library = townLibrary();
const tracks = new Map(library.tracks.map((track) => [track.path, track]));

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

/** A year that was laid out, and what is wrong with it. */
export class Year {
  readonly airings: readonly Airing[];
  readonly problems: readonly PlanProblem[];
  readonly #endMs: number;

  /** @param seed of every shuffle */
  constructor(seed: string) {
    const station = readStation(TOWN_RADIO, "station.toml");
    const { airings, problems, endMs } = planProgramme({
      station: { ...station, seed },
      library,
      fromMs: FROM,
      untilMs: UNTIL,
    });
    this.airings = airings;
    this.problems = problems;
    this.#endMs = endMs;
  }

  /** Events as they are, and as they ought to be. */
  events(): { found: string[]; wanted: string[] } {
    const found = this.airings.filter(isEvent)
      .map(({ startMs, by }) => `${startMs} ${by}`);
    return { found, wanted: expectedEvents() };
  }

  /** What is cut off an airing, in ms; negative: a gap follows. */
  cutOf(index: number): number {
    const { startMs, path } = this.airings[index]!;
    const endMs = this.airings[index + 1]?.startMs ?? this.#endMs;
    return startMs + tracks.get(path)!.durationMs - endMs;
  }

  /** Airings after which nothing is on. */
  gaps(): Airing[] {
    return this.airings.filter((_, i) => this.cutOf(i) < 0);
  }

  /** Items by another block than the one whose time it is. */
  strangers(): Airing[] {
    return this.airings.filter((airing) => {
      if (isEvent(airing) || isJingle(airing)) return false;
      const owner = ownerAt(airing.startMs);
      // A play that does not fit leaves its rest to the rotation.
      const isRest = owner === "Play" && airing.by === "fill";
      return airing.by !== owner && !isRest;
    });
  }

  /** Items whose artist was on within the distance. */
  tooSoon(): Airing[] {
    const music = this.airings.filter((x) => !isEvent(x) && !isJingle(x));
    const distances = new Map([["fill", 5], ["Breakfast", 3], [
      "Christmas",
      2,
    ]]);
    return music.filter(({ path, by }, i) => {
      const artist = tracks.get(path)!.creator;
      const before = music.slice(Math.max(0, i - (distances.get(by) ?? 0)), i);
      return artist !== undefined &&
        before.some((other) => tracks.get(other.path)!.creator === artist);
    });
  }

  /** How many items of the rotation came between two of its jingles. */
  jingleRuns(): number[] {
    const runs: number[] = [];
    let run = NaN;
    this.airings.forEach((airing, i) => {
      if (isJingle(airing)) {
        // At the seam of two blocks the next one's count holds.
        if (this.airings[i + 1]?.by === "fill") runs.push(run);
        run = 0;
      } else if (airing.by === "fill") run++;
      else if (!isEvent(airing)) run = NaN; // Another block's count.
    });
    return runs.filter((length) => !Number.isNaN(length));
  }

  /** The fewest other items of the rotation before one comes again. */
  nearestAgain(): number {
    const last = new Map<string, number>();
    let nearest = Infinity;
    this.airings.filter(({ by }) => by === "fill").forEach(({ path }, i) => {
      nearest = Math.min(nearest, i - (last.get(path) ?? -Infinity));
      last.set(path, i);
    });
    return nearest;
  }

  /** What was cut off where a block had to end on time, in ms, the least first. */
  fittedCuts(): number[] {
    return this.airings
      .map(({ by }, i) => ({ by, cutMs: this.cutOf(i) }))
      .filter(({ by, cutMs }) =>
        ["fill", "Breakfast", "Christmas"].includes(by) && cutMs > 0
      )
      .map(({ cutMs }) => cutMs).sort((a, b) => a - b);
  }

  /** The year in one line. */
  line(): string {
    const { found, wanted } = this.events();
    const onTime = new Set(found).intersection(new Set(wanted)).size;
    const cuts = this.fittedCuts();
    const broken = this.strangers().length + this.tooSoon().length +
      this.jingleRuns().filter((run) => run !== 4).length;
    return `a year: ${this.airings.length} items, ` +
      `${onTime} of ${wanted.length} events on their second, ` +
      `${this.gaps().length} gaps, ${broken} rules broken, ` +
      `${cuts.length} ends fitted, 99 % of them within ` +
      `${cuts[Math.floor(cuts.length * 0.99)]} ms, ` +
      `${cuts.filter((ms) => ms > 3000).length} beyond 3 s`;
  }
}
