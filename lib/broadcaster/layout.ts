/**
 * From measured files to a playlist: one after another from a time, or a
 * rotation. Pure.
 *
 * @module
 */
import type { Item, Playlist } from "../playlist/playlist.ts";
import { formatTime } from "../playlist/w3cdtf.ts";

/** A station's own words and where it lives. */
export interface Station {
  /** The playlist's own URL. */
  url: string;
  title: string;
  gateways: string[];
  /** Start of a scheduled playlist in ms since the epoch; absent: a rotation. */
  startMs?: number;
  /** Of a rotation: when its first item begins, in ms since the epoch. @default {0} */
  anchorMs?: number;
}

/**
 * Makes the playlist of a station.
 *
 * @param items in the order they play, each with a duration; without times
 */
export function layOut(station: Station, items: readonly Item[]): Playlist {
  const { url, title, gateways, startMs, anchorMs = 0 } = station;
  return {
    url,
    kind: startMs === undefined ? "rotation" : "scheduled",
    title,
    description: title,
    gateways,
    anchorMs: startMs === undefined ? anchorMs : 0,
    items: startMs === undefined
      ? items.map((item) => ({ ...item, about: item.url }))
      : endToEnd(items, startMs),
    problems: [],
  };
}

/** Each starts where the one before it ends. */
function endToEnd(items: readonly Item[], startMs: number): Item[] {
  let at = startMs;
  return items.map((item) => {
    const about = `${item.url}#${formatTime(at)}`;
    const placed = { ...item, startMs: at, about };
    at += item.durationMs ?? 0;
    return placed;
  });
}
