/**
 * What a media file is, by the few parts of it that a listener would read to
 * begin: codecs, sample rate, channels. Plain data; judging it is left to
 * `mount_checks.ts`.
 *
 * @module
 */
import { AlluviumError } from "../../errors.ts";
import { CHECK_TRACK_BYTES_MAX } from "../../limits.ts";
import { openTrack } from "../../media/open.ts";
import type { TrackInfo } from "../../media/packet.ts";
import type { RandomAccess } from "../../media/random_access.ts";
import { accessTo, type PartsOptions, unknown } from "./parts.ts";

/** What a file is. */
export interface TrackFacts {
  /** Its parameters, where it can be played. */
  info?: TrackInfo;
  /** Why it cannot be played, as a sentence without a full stop. */
  trouble?: string;
}

/**
 * Looks into a file.
 *
 * @param size its bytes
 * @returns undefined where that takes more than CHECK_TRACK_BYTES_MAX, or the
 *   server does not give what was asked for
 * @throws the signal's reason when it aborts
 */
export async function trackFacts(
  url: string,
  size: number,
  options: PartsOptions,
): Promise<TrackFacts | undefined> {
  const source = capped(accessTo(url, size, options));
  const { signal } = options;
  try {
    const { info, packets } = await openTrack(source, { signal });
    await packets.cancel();
    return { info };
  } catch (error) {
    signal.throwIfAborted();
    const isJudged = error instanceof AlluviumError &&
      error.code === "media-rejected";
    return isJudged ? { trouble: error.message } : undefined;
  }
}

/** The same, up to a number of bytes in all. */
function capped(source: RandomAccess): RandomAccess {
  let bytes = 0;
  return {
    size: source.size,
    read(offset, length, signal) {
      bytes += length;
      if (bytes > CHECK_TRACK_BYTES_MAX) throw unknown("it is too far to look");
      return source.read(offset, length, signal);
    },
  };
}
