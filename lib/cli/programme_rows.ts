/**
 * A stretch of a programme as rows of a table: what plays when, for how long,
 * where nothing is on and where an item is cut short. Pure.
 *
 * @module
 */
import type { Item } from "../playlist/playlist.ts";
import type { Programme } from "../schedule/programme.ts";
import type { Slot } from "../schedule/slot.ts";

/** One row. */
export interface ProgrammeRow {
  kind: "item" | "gap";
  /** In ms since the epoch; finite. */
  startMs: number;
  /** In ms since the epoch; Infinity where nothing follows. */
  endMs: number;
  item?: Item;
  /** By how much the item is cut because the next one starts, in ms; 0 where it is not. */
  cutMs: number;
}

/** Which stretch to show. */
export interface Stretch {
  /** In ms since the epoch; the slot that is on then comes first. */
  fromMs: number;
  /** In ms since the epoch, exclusive; may be Infinity. */
  untilMs: number;
  /** Rows at most. */
  rowsMax: number;
}

/** The rows, and whether there would have been more. */
export interface ProgrammeRows {
  rows: ProgrammeRow[];
  /** True where `rowsMax` cut the stretch short. */
  more: boolean;
  /** True where the programme ends within the stretch. */
  ends: boolean;
}

/** Lists a stretch of a programme. A gap that has no start or no end is no row. */
export function programmeRows(
  programme: Programme,
  { fromMs, untilMs, rowsMax }: Stretch,
): ProgrammeRows {
  const found: ProgrammeRows = { rows: [], more: false, ends: false };
  for (const slot of programme.slotsFrom(fromMs)) {
    if (slot.startMs >= untilMs) break;
    if (slot.kind === "gap" && slot.endMs === Infinity) found.ends = true;
    else if (found.rows.length >= rowsMax) found.more = true;
    else if (slot.startMs > -Infinity) found.rows.push(rowOf(slot));
    if (found.more || found.ends) break;
  }
  return found;
}

function rowOf(slot: Slot): ProgrammeRow {
  const { startMs, endMs } = slot;
  if (slot.kind === "gap") return { kind: "gap", startMs, endMs, cutMs: 0 };
  const { item } = slot;
  const cutMs = item.durationMs === undefined
    ? 0
    : Math.max(0, startMs + item.durationMs - endMs);
  return { kind: "item", startMs, endMs, item, cutMs };
}

/** When a scheduled playlist begins and ends, in ms since the epoch. */
export interface Span {
  startMs: number;
  /** Infinity where the last item's duration is not stated. */
  endMs: number;
}

/** The span of a scheduled playlist's items; undefined where it has none. */
export function spanOf(items: readonly Item[]): Span | undefined {
  let span: Span | undefined;
  for (const { startMs = NaN, durationMs = Infinity } of items) {
    if (Number.isNaN(startMs)) continue;
    span ??= { startMs, endMs: -Infinity };
    span.startMs = Math.min(span.startMs, startMs);
    span.endMs = Math.max(span.endMs, startMs + durationMs);
  }
  return span;
}
