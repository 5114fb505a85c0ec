/**
 * A year of radio as a playlist, for what measures how long it takes.
 *
 * @module
 */
import type { Playlist } from "../../lib/playlist/mod.ts";

/** Items of the year: one every five and a quarter minutes. */
export const YEAR_ITEMS = 100_000;
/** When it begins, in ms since the epoch. */
export const YEAR_FROM = Date.UTC(2026, 0, 1);
/** Between two starts, in ms. */
export const YEAR_STEP_MS = 315_000;

/** A year whose items carry all that the Broadcaster writes. */
export function yearPlaylist(kind: Playlist["kind"]): Playlist {
  return {
    url: "https://radio.example/playlist.rss",
    kind,
    title: "A year",
    gateways: ["https://gateway.example/"],
    anchorMs: 0,
    items: Array.from({ length: YEAR_ITEMS }, (_, i) => ({
      url: `https://radio.example/${i}.mp3`,
      title: `Piece & ${i}`,
      creator: "Someone",
      ...(kind === "scheduled"
        ? { startMs: YEAR_FROM + i * YEAR_STEP_MS }
        : {}),
      durationMs: 300_000 + i % 1000,
      type: "audio/mpeg",
      length: 4_800_000,
      root: i.toString(16).padStart(64, "0"),
    })),
    problems: [],
  };
}
