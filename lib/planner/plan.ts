/**
 * The programme: from a station's file and its media to what plays when. It goes
 * through time once, from event to event and block to block:
 *
 * - an event starts on its second and cuts what is on;
 * - within a block, items come as its order says, jingles between them, until the
 *   block's end or the next event, where its last item rule holds;
 * - where a block has nothing to play, the rotation does; where that has nothing
 *   either, there is a gap, and a problem that says so.
 *
 * It promises the same programme for the same file, media and history. Which
 * item comes next is `chooser.ts`'s; what has been aired already, the caller's.
 * Pure.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { PLAYLIST_ITEMS_MAX } from "../limits.ts";
import type { Airing, PlanProblem, Track } from "./airing.ts";
import { Chooser } from "./chooser.ts";
import { History } from "./history.ts";
import { PlanProblems } from "./plan_problems.ts";
import { type Library, Shelf } from "./shelf.ts";
import { eventsOf, type Occurrence, type Span, spansOf } from "./spans.ts";
import type { Music, Station } from "./station.ts";

/** What to lay out. */
export interface PlanRequest {
  /** The programme file. */
  station: Station;
  /** The media there are. */
  library: Library;
  /** What has been aired before `fromMs`, in the order of time. */
  aired?: readonly Airing[];
  /** Where the programme begins, in ms since the epoch. */
  fromMs: number;
  /** Where it may end: the last item starts before this. */
  untilMs: number;
}

/** A programme. */
export interface Plan {
  /** In the order of time; each ends by itself or where the next one starts. */
  airings: Airing[];
  /** Where it ends, in ms since the epoch: a programme that goes on begins here. */
  endMs: number;
  /** What could not be done as the file says. */
  problems: PlanProblem[];
}

/** Blocks and events are looked for so far past the end, so that the last ones end as they should. */
const BEYOND_MS = 2 * 24 * 3_600_000;

/**
 * Lays out a programme.
 *
 * @throws AlluviumError `programme-file` where it would have more than
 *   `PLAYLIST_ITEMS_MAX` items
 *
 * @example
 * ```ts
 * import { planProgramme } from "./plan.ts";
 * import { readStation } from "./station_reader.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const { airings } = planProgramme({
 *   station: readStation(`[fill]\nfolder = ""\norder = "in-order"`, "station.toml"),
 *   library: {
 *     tracks: [{ path: "a.mp3", durationMs: 40_000 }],
 *     playlists: new Map(),
 *   },
 *   fromMs: 0,
 *   untilMs: 60_000,
 * });
 * assertEquals(airings.map(({ startMs }) => startMs), [0, 40_000]);
 * ```
 */
export function planProgramme(request: PlanRequest): Plan {
  return new Planner(request).run();
}

class Planner {
  readonly #request: PlanRequest;
  readonly #history: History;
  readonly #shelf: Shelf;
  readonly #chooser: Chooser;
  readonly #problems = new PlanProblems();
  readonly #airings: Airing[] = [];
  readonly #spans: Span[];
  readonly #events: Occurrence[];
  #span = 0;
  #event = 0;

  constructor(request: PlanRequest) {
    this.#request = request;
    const { station, library, aired = [], fromMs, untilMs } = request;
    const events = new Set(station.events.map(({ name }) => name));
    const creators = new Map(
      library.tracks.map(({ path, creator }) => [path, creator]),
    );
    this.#history = new History(
      (path) => creators.get(path),
      (by) => events.has(by),
    );
    for (const airing of aired) this.#history.note(airing);
    this.#shelf = new Shelf(library, this.#history, station.seed);
    this.#chooser = new Chooser({
      station,
      shelf: this.#shelf,
      history: this.#history,
      problems: this.#problems,
    });
    this.#spans = spansOf(station, fromMs, untilMs + BEYOND_MS);
    this.#events = this.#playable(
      eventsOf(station, fromMs, untilMs + BEYOND_MS),
    );
  }

  run(): Plan {
    const { fromMs, untilMs } = this.#request;
    let at = fromMs;
    while (at < untilMs) {
      const event = this.#events[this.#event];
      at = event?.atMs === at ? this.#playEvent(event) : this.#playSpan(at);
    }
    const problems = this.#problems.list;
    return { airings: this.#airings, endMs: at, problems };
  }

  /** Leaves out events that have nothing to play, or whose second is taken. */
  #playable(events: Occurrence[]): Occurrence[] {
    let lastMs = -Infinity;
    return events.filter(({ atMs, event }) => {
      const isTold = atMs < this.#request.untilMs;
      if (this.#shelf.pool(event).tracks.length === 0) {
        if (isTold) this.#problems.emptySource(event, atMs);
        return false;
      }
      if (atMs === lastMs) {
        if (isTold) this.#problems.sameSecond(event, atMs);
        return false;
      }
      lastMs = atMs;
      return true;
    });
  }

  #playEvent({ atMs, event }: Occurrence): number {
    this.#event++;
    const track = this.#chooser.eventTrack(event, atMs);
    const endMs = this.#air(track, event.name, atMs, this.#nextEventMs);
    if (endMs < atMs + track.durationMs) {
      this.#problems.eventCut(event, atMs);
    }
    return endMs;
  }

  get #nextEventMs(): number {
    return this.#events[this.#event]?.atMs ?? Infinity;
  }

  #playSpan(at: number): number {
    const span = this.#spanAt(at);
    const eventMs = this.#nextEventMs;
    const boundaryMs = Math.min(span.endMs, eventMs);
    const { fill } = this.#request.station;
    const music = span.block ?? fill;
    // What follows a block that is over, or cannot fill its time, is the rotation.
    for (const one of new Set([music, fill])) {
      if (!one) continue;
      const end = this.#playMusic(one, span, at, boundaryMs);
      if (end !== undefined) return end;
    }
    this.#problems.gap(music, at);
    return boundaryMs;
  }

  /** @returns where it ends; undefined where it has nothing for this time */
  #playMusic(
    music: Music,
    span: Span,
    at: number,
    boundaryMs: number,
  ): number | undefined {
    const isLast = music === this.#request.station.fill;
    const choice = this.#chooser.next(music, {
      nowMs: at,
      boundaryMs,
      sinceMs: span.sinceMs,
      isLast,
    });
    if (choice.length === 0) return undefined;
    const owner = span.block ?? music;
    // Only an event may cut an item that is to finish.
    const cutMs = owner.last === "finish" ? this.#nextEventMs : boundaryMs;
    let end = at;
    for (const { track, by } of choice) {
      if (end >= cutMs) break;
      end = this.#air(track, by, end, cutMs);
    }
    return end;
  }

  /** Puts a track on the air; where it ends. */
  #air(track: Track, by: string, startMs: number, cutMs: number): number {
    if (this.#airings.length >= PLAYLIST_ITEMS_MAX) throw tooMany();
    const airing = { startMs, path: track.path, by };
    this.#airings.push(airing);
    this.#history.note(airing);
    this.#shelf.aired(track);
    return Math.min(startMs + track.durationMs, cutMs);
  }

  #spanAt(at: number): Span {
    while (this.#spans[this.#span]!.endMs <= at) this.#span++;
    return this.#spans[this.#span]!;
  }
}

function tooMany(): AlluviumError {
  return new AlluviumError(
    "programme-file",
    `Cannot lay out the programme: wanted at most ${PLAYLIST_ITEMS_MAX} items, got more; lay out fewer days`,
    { field: "horizon-days" },
  );
}
