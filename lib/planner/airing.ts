/**
 * What the planner works with and what it makes: tracks in, airings out. Pure.
 *
 * @module
 */

/** A media file as far as the planner cares. */
export interface Track {
  /** Within the station's folder, with `/`. */
  path: string;
  /** Whole milliseconds, from 1. */
  durationMs: number;
  /** Whose it is, for the distance between two of the same artist. */
  creator?: string;
}

/** A track at a time. */
export interface Airing {
  /** When it starts, in ms since the epoch. */
  startMs: number;
  /** The track's path. */
  path: string;
  /** The name of the block or event that plays it, `fill`, or `jingle:FOLDER`. */
  by: string;
}

/** What an airing of jingles is said to be by. */
export const JINGLE = "jingle:";

/** Something the planner could not do as it was told. */
export interface PlanProblem {
  /** Stable name, e.g. `empty-folder`. */
  code: string;
  /** One sentence without a full stop, what to do included. */
  message: string;
  /** How often. */
  count: number;
  /** The first time, in ms since the epoch. */
  atMs: number;
}
