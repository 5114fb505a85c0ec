/**
 * The one door from bytes to packets: finds out what a file is by its content
 * and opens it at a time.
 *
 * @module
 */
import type { Track } from "./packet.ts";
import type { RandomAccess } from "./random_access.ts";

/** How to open a file. */
export interface OpenOptions {
  /** The media type somebody claimed; only a hint, the content decides. */
  type?: string;
  /** Where to start, in ms from the beginning of the file. Default 0. */
  startMs?: number;
  /** Ends the reading, while opening and afterwards. */
  signal?: AbortSignal;
}

/**
 * Opens a media file at a time.
 *
 * @throws AlluviumError `media-rejected` when this is nothing we can play
 * @throws whatever the source throws
 */
export function openTrack(
  _source: RandomAccess,
  _options: OpenOptions = {},
): Promise<Track> {
  return Promise.reject(new Error("not yet"));
}
