/**
 * The one door from bytes to packets: finds out what a file is by its content
 * and opens it at a time. A new format is a new row of the table and a folder
 * beside the others.
 *
 * @module
 */
import { openAdts } from "./adts/track.ts";
import { openBunny } from "./bunny/track.ts";
import { openFlac } from "./flac/track.ts";
import { type Mp3Start, openMp3 } from "./mp3/track.ts";
import { openOgg } from "./ogg/track.ts";
import type { Track } from "./packet.ts";
import { type Format, probe } from "./probe.ts";
import type { RandomAccess } from "./random_access.ts";
import { openTs } from "./ts/track.ts";
import { openMatroska } from "./webm/track.ts";

/** How to open a file. */
export interface OpenOptions {
  /**
   * The media type somebody claimed. Not believed: the content decides; it only
   * makes a rejection clearer.
   */
  type?: string;
  /** Where to start, in ms from the beginning of the file. Default 0. */
  startMs?: number;
  /** Ends the reading, while opening and afterwards. */
  signal?: AbortSignal;
}

/** Opens one format where its sound begins. */
type Opener = (
  source: RandomAccess,
  start: Mp3Start,
  options: OpenOptions,
) => Promise<Track>;

const OPENERS: Record<Format, Opener> = {
  mp3: openMp3,
  ogg: openOgg,
  adts: openAdts,
  flac: openFlac,
  ts: openTs,
  webm: openMatroska,
  bunny: openBunny,
};

/**
 * Opens a media file at a time. Only what is needed is read: the beginning, the
 * place asked for, and for Ogg a few pages on the way. Damage inside the file is
 * skipped as the packets are read.
 *
 * @throws AlluviumError `media-rejected` when this is nothing we can play
 * @throws RangeError when `startMs` is negative or no number
 * @throws whatever the source throws
 */
export async function openTrack(
  source: RandomAccess,
  options: OpenOptions = {},
): Promise<Track> {
  const { startMs = 0 } = options;
  if (!(startMs >= 0 && Number.isFinite(startMs))) {
    throw new RangeError(`Cannot open a track at ${startMs} ms`);
  }
  const found = await probe(source, options);
  const start = { offset: found.offset, ...found.tags };
  return await OPENERS[found.format](source, start, { ...options, startMs });
}
