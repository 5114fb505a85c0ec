/**
 * The scheduled kind: each item has its start. On at t is the item with the
 * latest start ≤ t, if its end is after t; its end is start + duration, but
 * never past the next item's start: the clock wins, and an overrunning item is
 * cut. What no item covers is a gap. Pure.
 *
 * Of items that start together the last in the document counts. An item whose
 * duration nobody knows lasts until the next start. Durations may become known
 * later (from the media itself): they are asked for at every look, never kept.
 *
 * @module
 */
import type { Item } from "../playlist/playlist.ts";
import type { Slot } from "./slot.ts";
import { countUpTo, type Timeline } from "./timeline.ts";

/** Tells an item's duration in ms where the playlist does not. */
export type DurationOf = (item: Item) => number | undefined;

/** Items by their start times. */
export class ScheduledTimeline implements Timeline {
  readonly #items: Item[];
  readonly #starts: Float64Array;

  constructor(
    items: readonly Item[],
    private readonly durationOf: DurationOf = () => undefined,
  ) {
    this.#items = inOrder(items);
    this.#starts = Float64Array.from(this.#items, (item) => item.startMs!);
  }

  slotAt(nowMs: number): Slot {
    const index = countUpTo(this.#starts, nowMs) - 1;
    const nextMs = this.#starts[index + 1] ?? Infinity;
    const item = this.#items[index];
    if (!item) return { kind: "gap", startMs: -Infinity, endMs: nextMs };
    const startMs = this.#starts[index]!;
    const endMs = Math.min(startMs + this.#duration(item), nextMs);
    return nowMs < endMs
      ? { kind: "item", item, startMs, endMs }
      : { kind: "gap", startMs: endMs, endMs: nextMs };
  }

  #duration(item: Item): number {
    const ms = item.durationMs ?? this.durationOf(item) ?? Infinity;
    return ms > 0 ? ms : Infinity;
  }
}

/** By start, the last of those that start together; items without a start left out. */
function inOrder(items: readonly Item[]): Item[] {
  return items
    .filter((item) => item.startMs !== undefined)
    .sort((a, b) => a.startMs! - b.startMs!)
    .filter((item, i, all) => item.startMs !== all[i + 1]?.startMs);
}
