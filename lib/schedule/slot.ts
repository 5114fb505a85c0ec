/**
 * A slot is an item, or a gap, as placed on the clock.
 *
 * @module
 */
import type { Item } from "../playlist/playlist.ts";

/** An item on the air. */
export interface ItemSlot {
  /** Tells it from a gap. */
  kind: "item";
  /** What is on. */
  item: Item;
  /** Start on the clock, in ms since the epoch. */
  startMs: number;
  /** End on the clock, exclusive; Infinity where nobody knows it. */
  endMs: number;
}

/** Nothing is scheduled; filled with silence or the station's filler. */
export interface GapSlot {
  /** Tells it from an item. */
  kind: "gap";
  /** -Infinity before the first item of a station that has not begun. */
  startMs: number;
  /** Infinity after the last item. */
  endMs: number;
}

/** What is on between two moments. Slots tile time without hole or overlap. */
export type Slot = ItemSlot | GapSlot;
