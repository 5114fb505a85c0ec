/**
 * What a playlist is once read: plain data, no XML, no clock. Written by the
 * Broadcaster, read by the schedule.
 *
 * @module
 */

/** Scheduled items carry start times; a rotation repeats for ever. */
export type PlaylistKind = "scheduled" | "rotation";

/** One entry of the programme. */
export interface Item {
  /** Absolute URL of the media file (`enc:enclosure`, else `link`). */
  url: string;
  /** Title for people; the file's name where the playlist gives none. */
  title: string;
  /** `dc:creator`. */
  creator?: string;
  /**
   * `ev:startdate` in ms since the epoch; absent in a rotation, but for a
   * podcast's live items, which interrupt it.
   */
  startMs?: number;
  /** `mm:duration` in ms; absent where unknown. Positive. */
  durationMs?: number;
  /** MIME type, e.g. `audio/mpeg`. */
  type?: string;
  /** Length in bytes, from 1. */
  length?: number;
  /** SHA-256 tree root, 64 lower-case hex digits; only together with `length`. */
  root?: string;
  /** `rdf:about`; unique per airing. */
  about?: string;
  /** Line of the item's start tag in the playlist, from 1. */
  line?: number;
}

/** Something `alluvium check` tells about a playlist; errors cost the item. */
export interface Problem {
  /** How bad it is. */
  severity: "error" | "warning";
  /** Stable name, e.g. `item-without-url`. */
  code: string;
  /** One sentence without a full stop: what is wrong, and what to do. */
  message: string;
  /** Line, from 1, where known. */
  line?: number;
  /** Column, from 1, where known. */
  column?: number;
}

/** A station's programme as it was read. */
export interface Playlist {
  /** The playlist's own URL: relative URLs were resolved against it. */
  url: string;
  /** Which of the two kinds it is. */
  kind: PlaylistKind;
  /** The station's name; the host's where the playlist gives none. */
  title: string;
  /** The station's page, absolute. */
  link?: string;
  /** What the station is, for people. */
  description?: string;
  /** Gateway URLs, in document order. */
  gateways: string[];
  /** Rotation only: where its first item began, in ms since the epoch. */
  anchorMs: number;
  /** What `sy:*` asks for, in ms. */
  updateIntervalMs?: number;
  /** What is heard where nothing else is; without a time. */
  filler?: Item;
  /** In document order, without those that an error costs. */
  items: Item[];
  /** What is wrong, by place. */
  problems: Problem[];
}
