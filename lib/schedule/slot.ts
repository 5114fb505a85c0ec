/**
 * A slot is an item, or a gap, as placed on the clock.
 *
 * @module
 */
import type { Item } from "../playlist/playlist.ts";

/** An item on the air. */
export interface ItemSlot {
  kind: "item";
  item: Item;
  /** Start and end on the clock, in ms since the epoch; the end is exclusive. */
  startMs: number;
  endMs: number;
}

/** Nothing is scheduled; filled with silence or the station's filler. */
export interface GapSlot {
  kind: "gap";
  /** -Infinity before the first item of a station that has not begun. */
  startMs: number;
  /** Infinity after the last item. */
  endMs: number;
}

/** What is on between two moments. Slots tile time without hole or overlap. */
export type Slot = ItemSlot | GapSlot;
