/**
 * The rotation: items in document order, over and over, from an anchor that
 * every listener knows, so that all are at the same place:
 * position = (now − anchor) mod total. Pure.
 *
 * Items without a stated duration are left out, by everyone alike; a duration
 * that one listener found out for itself must not count here, or it would be
 * elsewhere than the others.
 *
 * @module
 */
import type { Item } from "../playlist/playlist.ts";
import type { Slot } from "./slot.ts";
import { countUpTo, type Timeline } from "./timeline.ts";

/** Items that repeat for ever. */
export class RotationTimeline implements Timeline {
  readonly #items: Item[];
  /** Where each item starts within a turn; whole ms, so that sums are exact. */
  readonly #offsets: Float64Array;
  readonly #anchorMs: number;
  /** Milliseconds of one turn; 0 for a rotation without items. */
  readonly totalMs: number;

  constructor(items: readonly Item[], anchorMs: number) {
    this.#items = items.filter((item) =>
      item.startMs === undefined && durationOf(item) > 0
    );
    this.#offsets = new Float64Array(this.#items.length);
    this.#anchorMs = Math.round(anchorMs);
    let total = 0;
    this.#items.forEach((item, i) => {
      this.#offsets[i] = total;
      total += durationOf(item);
    });
    this.totalMs = total;
  }

  slotAt(nowMs: number): Slot {
    if (this.totalMs === 0) {
      return { kind: "gap", startMs: -Infinity, endMs: Infinity };
    }
    const turn = Math.floor((nowMs - this.#anchorMs) / this.totalMs);
    const turnMs = this.#anchorMs + turn * this.totalMs;
    const index = countUpTo(this.#offsets, nowMs - turnMs) - 1;
    return {
      kind: "item",
      item: this.#items[index]!,
      startMs: turnMs + this.#offsets[index]!,
      endMs: turnMs + (this.#offsets[index + 1] ?? this.totalMs),
    };
  }
}

/** Whole milliseconds; 0 where the playlist states none. */
function durationOf(item: Item): number {
  return Math.round(item.durationMs ?? 0);
}
