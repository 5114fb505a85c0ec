/**
 * The programme: a playlist placed on the clock, and what happens when a new
 * version of the playlist comes. It promises that every moment has exactly one
 * slot. What time it is, and when to look again, is the caller's. Pure.
 *
 * A new version takes the place of the old one at once where it is scheduled:
 * the clock wins. A changed rotation takes effect at the next joint: what is on
 * plays to its end, then the programme is wherever the new rotation is by then,
 * which is in the middle of an item.
 *
 * @module
 */
import type { Item, Playlist, PlaylistKind } from "../playlist/playlist.ts";
import { LiveTimeline } from "./live_timeline.ts";
import { RotationTimeline } from "./rotation_timeline.ts";
import { type DurationOf, ScheduledTimeline } from "./scheduled_timeline.ts";
import type { Slot } from "./slot.ts";
import type { Timeline } from "./timeline.ts";

/** What a programme may know besides its playlist. */
export interface ProgrammeOptions {
  /**
   * Duration in ms of a scheduled item whose playlist states none, once the
   * media has told; undefined until then. Asked at every look, never for
   * rotations, where only what all listeners read may count.
   *
   * @default {() => undefined}
   */
  durationOf?: (item: Item) => number | undefined;
}

/** The old timeline, and until when it still holds. */
interface Predecessor {
  timeline: Timeline;
  untilMs: number;
}

/**
 * A playlist placed on the clock. Immutable: {@linkcode Programme.succeed} makes
 * another.
 *
 * @example
 * ```ts
 * import { Programme } from "./programme.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const programme = new Programme({
 *   url: "https://radio.example/playlist.rss",
 *   kind: "rotation",
 *   title: "A station",
 *   gateways: [],
 *   anchorMs: 0,
 *   items: [
 *     { url: "https://radio.example/a.mp3", title: "A", durationMs: 1000 },
 *     { url: "https://radio.example/b.mp3", title: "B", durationMs: 500 },
 *   ],
 *   problems: [],
 * });
 * const slot = programme.slotAt(4200);
 * assertEquals(slot.kind === "item" && slot.item.title, "B");
 * assertEquals([slot.startMs, slot.endMs], [4000, 4500]);
 * ```
 */
export class Programme {
  /** The newest playlist, even while the old one still plays to its joint. */
  readonly playlist: Playlist;
  readonly #timeline: Timeline;
  readonly #options: ProgrammeOptions;
  readonly #before: Predecessor | undefined;

  /**
   * Places a playlist on the clock.
   *
   * @param playlist items in any order
   * @param before not for callers: set by {@linkcode Programme.succeed}
   */
  constructor(
    playlist: Playlist,
    options: ProgrammeOptions = {},
    before?: Predecessor,
  ) {
    this.playlist = playlist;
    this.#options = options;
    this.#before = before;
    this.#timeline = timelineOf(playlist, options.durationOf);
  }

  /** Scheduled, or a rotation. */
  get kind(): PlaylistKind {
    return this.playlist.kind;
  }

  /**
   * What is on at a moment: the slot with start ≤ `nowMs` < end, found by
   * halving. The place within an item is `nowMs - slot.startMs`.
   *
   * @param nowMs milliseconds since the epoch
   * @throws RangeError if that is not a finite number
   */
  slotAt(nowMs: number): Slot {
    if (!Number.isFinite(nowMs)) {
      throw new RangeError(
        `Cannot find a slot: want a finite time, got ${nowMs}`,
      );
    }
    return this.#timelineAt(nowMs).slotAt(nowMs);
  }

  /**
   * The slot at a moment and all that follow, each beginning where the one
   * before it ends; without end for a rotation. A scheduled programme ends with
   * a gap, or an item of unknown duration, that lasts for ever.
   *
   * At the joint after {@linkcode Programme.succeed} the slot's own start lies
   * before the joint: the new rotation was there in the middle of an item.
   *
   * @throws RangeError if `nowMs` is not a finite number
   */
  *slotsFrom(nowMs: number): Generator<Slot> {
    for (let at = nowMs;;) {
      const slot = this.slotAt(at);
      yield slot;
      if (slot.endMs === Infinity) return;
      at = slot.endMs;
    }
  }

  /**
   * The programme after a new version of the playlist was read.
   *
   * @param next the new version
   * @param nowMs when it was read
   */
  succeed(next: Playlist, nowMs: number): Programme {
    if (next.kind === "scheduled") return new Programme(next, this.#options);
    const slot = this.slotAt(nowMs);
    if (slot.kind === "gap" || slot.endMs === Infinity) {
      return new Programme(next, this.#options);
    }
    const timeline = this.#timelineAt(nowMs);
    return new Programme(next, this.#options, {
      timeline,
      untilMs: slot.endMs,
    });
  }

  #timelineAt(nowMs: number): Timeline {
    const before = this.#before;
    return before && nowMs < before.untilMs ? before.timeline : this.#timeline;
  }
}

function timelineOf(playlist: Playlist, durationOf?: DurationOf): Timeline {
  const { kind, items, anchorMs } = playlist;
  if (kind === "scheduled") return new ScheduledTimeline(items, durationOf);
  const rotation = new RotationTimeline(items, anchorMs);
  const isInterrupted = items.some(({ startMs }) => startMs !== undefined);
  return isInterrupted
    ? new LiveTimeline(new ScheduledTimeline(items, durationOf), rotation)
    : rotation;
}
