/**
 * The tuner: one station, from its playlist to mounts that never end.
 *
 * @module
 */
export * from "./tuner.ts";
export * from "./files.ts";
export * from "./feeds.ts";
export * from "./mount_feed.ts";
export type { Filler } from "./filler.ts";
export type { OnAir, Timing } from "./station_player.ts";
