/**
 * What a programme file (`station.toml`) says, as plain data: the station's
 * words and addresses, its time zone, blocks that play folders at times, events
 * on the second, and what fills the rest. Reading it from text is left to
 * `station_reader.ts`, turning it into a programme to `plan.ts`. Pure.
 *
 * @module
 */

/** How a folder's files follow each other. */
export type Order = "in-order" | "shuffled";

/**
 * What happens to the item that is on when a block ends. `cut`: the next block
 * starts on its second. `finish`: the item plays to its end, the next block
 * starts late. `fit`: items are chosen so that the last one ends on time, within
 * a few seconds.
 */
export type LastRule = "cut" | "finish" | "fit";

/** Where items come from: a folder, or a player's playlist. */
export interface Source {
  /**
   * Folder within the station's folder, with `/` and without one at its end; ""
   * for all of it. Or the path of one file.
   */
  folder: string;
  /** An M3U, PLS or XSPF file within the station's folder, instead of `folder`. */
  playlist?: string;
  /** How its files follow each other. */
  order: Order;
}

/** Music with its rules: what a block and the rotation have in common. */
export interface Music extends Source {
  /** Its name, for messages and for remembering its place; unique. */
  name: string;
  /** Items between two of the same artist, from 0, which means no rule. */
  artistDistance: number;
  /** Folder of jingles; absent: none. */
  jingles?: string;
  /** Items between two jingles, from 1. */
  jingleEvery: number;
  /** What happens at the end. */
  last: LastRule;
  /** Line of the table in the file, from 1. */
  line?: number;
}

/** Days on which something happens; all that is given must hold. */
export interface Days {
  /** 1 (Monday) to 7 (Sunday); absent: all. */
  weekdays?: readonly number[];
  /** Ranges of dates, both ends included, each `2026-12-24`; absent: all. */
  dates?: readonly DateRange[];
}

/** From one local date to another, both included. */
export interface DateRange {
  /** `2026-12-24`. */
  from: string;
  /** `2026-12-26`. */
  to: string;
}

/** When a block plays, in the station's time zone. */
export type BlockTime =
  /** From a time of day to another; to the next day's where it is not later. */
  | { kind: "daily"; from: string; to: string; days: Days }
  /** At each recurrence (`0 20 * * 5`), for so many minutes. */
  | { kind: "cron"; cron: string; minutes: number; days: Days };

/** A folder at times. Of two blocks at one time the one further down plays. */
export interface Block extends Music {
  /** When it plays. */
  time: BlockTime;
  /** Whether a folder that is over begins again; else the rotation fills the rest. */
  repeat: boolean;
}

/** When an event plays, in the station's time zone. */
export type EventTime =
  /** At times of the day, e.g. `18:00:00`. */
  | { kind: "daily"; at: readonly string[]; days: Days }
  /** At each recurrence (`0 * * * *`, or with seconds in front). */
  | { kind: "cron"; cron: string; days: Days };

/** One item on the second: it cuts what is on, and plays whole. */
export interface StationEvent extends Source {
  /** Its name; unique. */
  name: string;
  /** When it plays. */
  time: EventTime;
  /** Line of the table in the file, from 1. */
  line?: number;
}

/** A whole programme file. */
export interface Station {
  /** The station's name; the folder's where it is absent. */
  title?: string;
  /** A sentence about it. */
  description?: string;
  /** Its page on the web. */
  link?: string;
  /** The folder's address on the web; absent: addresses are relative. */
  baseUrl?: string;
  /** Addresses of its gateways. */
  gateways: readonly string[];
  /** IANA name of the zone that all its times are in, e.g. `Europe/Vienna`. */
  timeZone: string;
  /** Nothing plays before this, in ms since the epoch. */
  startMs?: number;
  /** Decides every shuffle. */
  seed: string;
  /** Seconds between two looks of a listener at the playlist. */
  refreshSeconds: number;
  /** Days laid out ahead. */
  horizonDays: number;
  /** Days of what has been that stay in the playlist. */
  keepDays: number;
  /** What plays where nothing else does; absent: silence. */
  fill?: Music;
  /**
   * A file within the station's folder that listeners hear, again and again,
   * where the programme has a gap or its media cannot be had; absent: silence.
   */
  filler?: string;
  /** In the order of the file: of two at one time the later one plays. */
  blocks: readonly Block[];
  /** In the order of the file: of two at one second the first one plays. */
  events: readonly StationEvent[];
}

/** Days laid out ahead where the file says nothing. */
export const HORIZON_DAYS_DEFAULT = 7;

/** Seconds between two looks where the file says nothing: a 304 a minute. */
export const REFRESH_SECONDS_DEFAULT = 60;
