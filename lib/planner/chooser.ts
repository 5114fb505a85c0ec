/**
 * Which item comes next, by a block's rules: its order, the distance between two
 * of an artist, jingles, and near its end the last item rule. Pure.
 *
 * @module
 */
import { FIT_CANDIDATES_MAX, FIT_TOLERANCE_MS } from "../limits.ts";
import { JINGLE, type Track } from "./airing.ts";
import { fit } from "./fit.ts";
import type { History } from "./history.ts";
import type { PlanProblems } from "./plan_problems.ts";
import type { Pool } from "./pool.ts";
import { type Random, seeded, shuffled } from "./random.ts";
import type { Shelf } from "./shelf.ts";
import type { Block, Music, Station, StationEvent } from "./station.ts";

/** Where in a block a choice is made; all in ms since the epoch. */
export interface Place {
  nowMs: number;
  /** The block's end, or the next event. */
  boundaryMs: number;
  /** When the block began. */
  sinceMs: number;
  /** Nothing else can fill the time. */
  isLast: boolean;
}

/** A track, and by whom it is played. */
export interface Choice {
  track: Track;
  by: string;
}

/** What a chooser works with. */
export interface ChooserOptions {
  station: Station;
  shelf: Shelf;
  history: History;
  problems: PlanProblems;
}

/** Medians of a pool that may be left of a block for its end to be fitted: two or three items. */
const FIT_FROM_MEDIANS = 3;

const NOBODY: ReadonlySet<string> = new Set();

/** Chooses; the caller puts on the air what it is given, or some of it. */
export class Chooser {
  readonly #options: ChooserOptions;

  /** @param options `history` and `shelf` are told of what is aired by the caller */
  constructor(options: ChooserOptions) {
    this.#options = options;
  }

  /** The track of an event that has some. */
  eventTrack(event: StationEvent, nowMs: number): Track {
    const { shelf, history } = this.#options;
    const pool = shelf.pool(event);
    if (event.order === "in-order") {
      return pool.after(history.placeOf(event.name)?.path)!;
    }
    return pool.choose({ creators: NOBODY }, this.#random(nowMs))!;
  }

  /** What comes next, in order; nothing where there is nothing for this time. */
  next(music: Music, place: Place): Choice[] {
    const pool = this.#options.shelf.pool(music);
    if (pool.tracks.length === 0) {
      this.#options.problems.emptySource(music, place.nowMs);
      return [];
    }
    return music.order === "in-order"
      ? this.#inOrder(music, pool, place)
      : this.#shuffled(music, pool, place);
  }

  #inOrder(music: Music, pool: Pool, place: Place): Choice[] {
    const index = this.#indexInOrder(music, pool, place);
    if (index === undefined) return [];
    const track = pool.tracks[index]!;
    const jingles = this.#jingles(music, 1);
    const leftMs = place.boundaryMs - place.nowMs - lengthOf(jingles);
    const misses = music.last === "fit" && track.durationMs > leftMs;
    // The rotation ends the block on time; it has the shorter items.
    if (misses && !place.isLast && this.#canFill(leftMs)) return [];
    return this.#interleaved(music, [track]);
  }

  /** Undefined where a block that does not repeat is over. */
  #indexInOrder(music: Music, pool: Pool, place: Place): number | undefined {
    const before = this.#options.history.placeOf(music.name);
    const once = "repeat" in music && !(music as Block).repeat;
    if (!once) return pool.indexAfter(before?.path);
    const begun = before !== undefined && before.startMs >= place.sinceMs;
    if (!begun) return 0;
    return pool.indexAfter(before.path) || undefined;
  }

  #canFill(leftMs: number): boolean {
    const { station: { fill }, shelf } = this.#options;
    return leftMs > 0 && fill !== undefined &&
      shelf.pool(fill).tracks.length > 0;
  }

  #shuffled(music: Music, pool: Pool, place: Place): Choice[] {
    const random = this.#random(place.nowMs);
    const leftMs = place.boundaryMs - place.nowMs;
    const isNearEnd = leftMs <= FIT_FROM_MEDIANS * pool.medianMs;
    if (music.last === "fit" && isNearEnd) {
      const fitted = this.#fitted(music, pool, place, random);
      if (fitted) return fitted;
    }
    const track = this.#one(music, pool, place, random);
    return this.#interleaved(music, [track]);
  }

  #fitted(
    music: Music,
    pool: Pool,
    place: Place,
    random: Random,
  ): Choice[] | undefined {
    const leftMs = place.boundaryMs - place.nowMs;
    const left = [1, 2, 3].map((items) =>
      leftMs - lengthOf(this.#jingles(music, items))
    ) as [number, number, number];
    const found = fit(
      this.#candidates(music, pool, random),
      left,
      (a, b) =>
        music.artistDistance === 0 || a.creator === undefined ||
        a.creator !== b.creator,
    );
    if (!found) return undefined;
    if (found.overMs > FIT_TOLERANCE_MS) {
      this.#options.problems.loose(
        music,
        place.nowMs,
        leftMs,
        found.overMs,
      );
    }
    return this.#interleaved(music, found.tracks);
  }

  /** Those that may come next, the rested ones first, each half in a random order. */
  #candidates(music: Music, pool: Pool, random: Random): Track[] {
    const taken = this.#recentCreators(music);
    const free = ({ creator }: Track) =>
      creator === undefined || !taken.has(creator);
    const rested = shuffled(pool.rested().filter(free), random);
    if (rested.length >= FIT_CANDIDATES_MAX) return rested;
    const last = pool.recent();
    return [...rested, ...last.slice(0, last.length >> 1).filter(free)];
  }

  #one(music: Music, pool: Pool, place: Place, random: Random): Track {
    const creators = this.#recentCreators(music);
    const leftMs = place.boundaryMs - place.nowMs;
    const longerMs = music.last === "fit" ? leftMs : Infinity;
    const found = pool.choose({ creators, longerMs }, random) ??
      pool.choose({ creators }, random);
    if (found) return found;
    this.#options.problems.artistRule(music, place.nowMs);
    return pool.oldest!;
  }

  /** The artists that were on lately. */
  #recentCreators({ artistDistance }: Music): ReadonlySet<string> {
    if (artistDistance === 0) return NOBODY;
    const recent = this.#options.history.recentCreators(artistDistance);
    return new Set(recent.filter((creator) => creator !== undefined));
  }

  /** The jingles that so many items bring with them. */
  #jingles(music: Music, items: number): Choice[] {
    return this.#jinglesBefore(music, items).filter((one) => one !== undefined);
  }

  /** For each of the next items, the jingle that comes before it, if one is due. */
  #jinglesBefore(music: Music, items: number): (Choice | undefined)[] {
    const { jingles, jingleEvery } = music;
    if (jingles === undefined) return [];
    const { shelf, history } = this.#options;
    const by = JINGLE + jingles;
    const pool = shelf.pool({ folder: jingles });
    let since = history.sinceJingle;
    let path = history.placeOf(by)?.path;
    return Array.from({ length: items }, () => {
      const track = since >= jingleEvery ? pool.after(path) : undefined;
      since = track ? 1 : since + 1;
      path = track?.path ?? path;
      return track && { track, by };
    });
  }

  #interleaved(music: Music, tracks: readonly Track[]): Choice[] {
    const jingles = this.#jinglesBefore(music, tracks.length);
    return tracks.flatMap((track, i) => {
      const item = { track, by: music.name };
      const jingle = jingles[i];
      return jingle ? [jingle, item] : [item];
    });
  }

  #random(nowMs: number): Random {
    return seeded(this.#options.station.seed, nowMs);
  }
}

function lengthOf(choices: readonly Choice[]): number {
  return choices.reduce((sum, { track }) => sum + track.durationMs, 0);
}
