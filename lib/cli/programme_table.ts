/**
 * Rows of a programme as lines for people, and as records for programs. Pure.
 *
 * @module
 */
import { formatTime } from "../playlist/w3cdtf.ts";
import type { ProgrammeRow } from "./programme_rows.ts";
import { formatDuration } from "./quantities.ts";
import { printable } from "./terminal.ts";
import { formatLocal, formatUtc } from "./times.ts";

/** Columns of a title, so that a row fits a wide terminal. */
const TITLE_COLUMNS = 60;
const TIME_COLUMNS = 19;
const LENGTH_COLUMNS = 8;

/**
 * The table.
 *
 * @param zone the name of the local time zone, for the heading
 * @param nowMs marks the row that is on; in ms since the epoch
 * @returns lines, heading first; none for no rows
 */
export function programmeTable(
  rows: readonly ProgrammeRow[],
  zone: string,
  nowMs: number,
): string[] {
  if (rows.length === 0) return [];
  const heading = [
    `Local time (${zone})`.padEnd(TIME_COLUMNS),
    "UTC".padEnd(TIME_COLUMNS + 1),
    "Length".padStart(LENGTH_COLUMNS),
    "Title",
  ];
  // A long zone name must not push the columns apart.
  const widest = Math.max(TIME_COLUMNS, heading[0]!.length);
  heading[0] = heading[0]!.padEnd(widest);
  return [heading, ...rows.map((row) => cells(row, widest, nowMs))]
    .map((row) => row.join("  ").trimEnd());
}

function cells(row: ProgrammeRow, widest: number, nowMs: number): string[] {
  const length = row.endMs === Infinity
    ? "?"
    : formatDuration(row.endMs - row.startMs);
  const notes = notesOf(row, nowMs);
  return [
    formatLocal(row.startMs).padEnd(widest),
    formatUtc(row.startMs),
    length.padStart(LENGTH_COLUMNS),
    notes === "" ? titleOf(row) : `${titleOf(row)}  [${notes}]`,
  ];
}

function titleOf({ item }: ProgrammeRow): string {
  if (!item) return "(gap)";
  const title = item.creator === undefined
    ? item.title
    : `${item.title} – ${item.creator}`;
  const points = [...printable(title)];
  return points.length <= TITLE_COLUMNS
    ? points.join("")
    : points.slice(0, TITLE_COLUMNS - 1).join("") + "…";
}

function notesOf(row: ProgrammeRow, nowMs: number): string {
  const notes: string[] = [];
  if (row.startMs <= nowMs && nowMs < row.endMs) notes.push("on now");
  if (row.cutMs > 0) {
    notes.push(`cut by ${(row.cutMs / 1000).toFixed(1)} s by the next`);
  }
  if (row.item && row.item.durationMs === undefined) {
    notes.push("length not stated");
  }
  return notes.join(", ");
}

/** A row for programs; `end` is null where nothing follows. */
export interface ProgrammeRecord {
  kind: "item" | "gap";
  /** UTC, W3CDTF. */
  start: string;
  end: string | null;
  /** From start to end in ms; null where nothing follows. */
  lengthMs: number | null;
  cutMs: number;
  title?: string;
  creator?: string;
  url?: string;
  type?: string;
  root?: string;
}

/** The rows as records. */
export function programmeRecords(
  rows: readonly ProgrammeRow[],
): ProgrammeRecord[] {
  return rows.map(({ kind, startMs, endMs, cutMs, item }) => {
    const open = endMs === Infinity;
    const record: ProgrammeRecord = {
      kind,
      start: formatTime(startMs),
      end: open ? null : formatTime(endMs),
      lengthMs: open ? null : endMs - startMs,
      cutMs,
    };
    if (item) record.title = item.title;
    if (item) record.url = item.url;
    if (item?.creator !== undefined) record.creator = item.creator;
    if (item?.type !== undefined) record.type = item.type;
    if (item?.root !== undefined) record.root = item.root;
    return record;
  });
}
