/**
 * What a media file says about itself: title, creator, how long it plays, its
 * type. Tags come from music-metadata; durations from our own reading of every
 * packet where we can play the file, as a programme laid out by them must have
 * neither holes nor cuts (the library counts the Info frame of an MP3, and
 * Opus' pre-skip its own way). What we cannot play yet is listed with what the
 * library knows.
 *
 * @module
 */
import type { IAudioMetadata } from "music-metadata";
import { AlluviumError, toAlluviumError } from "../errors.ts";
import { ITEM_DURATION_MS_MAX } from "../limits.ts";
import { type MeasuredDuration, measureDuration } from "../media/duration.ts";
import { cleanText } from "../playlist/text.ts";
import type { FileAccess } from "./file_access.ts";
import { mediaTypeOf } from "./container.ts";
import { titleOfName } from "./media_types.ts";

/** What goes into the playlist about a file, besides its address and its hash. */
export interface MediaFacts {
  title: string;
  creator?: string;
  /** Whole milliseconds, from 1. */
  durationMs: number;
  /** With the codec where it is in doubt, e.g. `audio/ogg; codecs=opus`. */
  type: string;
}

/**
 * Reads a file's facts.
 *
 * @param access the open file
 * @param path its path, for the library, messages, and a title where it has none
 * @throws AlluviumError `media-rejected` if it is no media, or tells no duration
 * @throws the signal's reason when it aborts
 */
export async function readFacts(
  access: FileAccess,
  path: string,
  signal?: AbortSignal,
): Promise<MediaFacts> {
  const measured = await measure(access, signal);
  const metadata = await metadataOf(path, !("info" in measured));
  signal?.throwIfAborted();
  const seconds = metadata?.format.duration ?? 0;
  const exact = "info" in measured ? measured : undefined;
  const durationMs = Math.round(exact?.durationMs ?? seconds * 1000);
  if (!(durationMs >= 1 && durationMs <= ITEM_DURATION_MS_MAX)) {
    throw rejected(measured, path);
  }
  const { title, artist, albumartist } = metadata?.common ?? {};
  const creator = clean(artist ?? albumartist ?? exact?.info.creator);
  return {
    title: clean(title ?? exact?.info.title) ?? titleOfName(path),
    ...(creator === undefined ? {} : { creator }),
    durationMs,
    type: await mediaTypeOf(access, path, exact?.info.codec),
  };
}

/** The exact duration, or why there is none: the file is of another kind. */
async function measure(
  access: FileAccess,
  signal: AbortSignal | undefined,
): Promise<MeasuredDuration | AlluviumError> {
  try {
    return await measureDuration(access, signal);
  } catch (error) {
    if (!(error instanceof AlluviumError) || error.code !== "media-rejected") {
      throw error;
    }
    return error;
  }
}

/** Tags by the library; undefined where it makes nothing of the file. */
async function metadataOf(
  path: string,
  duration: boolean,
): Promise<IAudioMetadata | undefined> {
  // Loaded here and not above: it is large, and most of a second run needs none.
  const { parseFile } = await import("music-metadata");
  try {
    return await parseFile(path, { duration, skipCovers: true });
  } catch {
    return undefined; // It throws for any file it does not know; the facts then come from us.
  }
}

function rejected(
  measured: MeasuredDuration | AlluviumError,
  path: string,
): AlluviumError {
  const detail = measured instanceof AlluviumError
    ? toAlluviumError(measured).message
    : "Cannot use the file: it plays no time at all";
  return new AlluviumError("media-rejected", detail, { file: path });
}

function clean(text: string | undefined): string | undefined {
  return cleanText(text ?? "").text || undefined;
}
