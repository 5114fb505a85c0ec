/**
 * What a media file is, by the few parts of it that a listener would read to
 * begin: codecs, sample rate, channels. Plain data; judging it is left to
 * `mount_checks.ts`.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { AlluviumError } from "../../errors.ts";
import { CHECK_TRACK_BYTES_MAX } from "../../limits.ts";
import { openTrack } from "../../media/open.ts";
import type { TrackInfo } from "../../media/packet.ts";
import type { RandomAccess } from "../../media/random_access.ts";

/** What a file is. */
export interface TrackFacts {
  /** Its parameters, where it can be played. */
  info?: TrackInfo;
  /** Why it cannot be played, as a sentence without a full stop. */
  trouble?: string;
}

/** What reading a file takes. */
export interface TrackFactsOptions {
  fetch: typeof fetch;
  signal: AbortSignal;
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
  options: TrackFactsOptions,
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

function accessTo(
  url: string,
  size: number,
  options: TrackFactsOptions,
): RandomAccess {
  return {
    size,
    read: (offset, length, signal) => {
      const end = Math.min(size, offset + length);
      if (end <= offset) return Promise.resolve(new Uint8Array(0));
      return url.startsWith("file:")
        ? readPart(fileURLToPath(url), offset, end)
        : fetchPart(url, offset, end, {
          ...options,
          ...(signal ? { signal } : {}),
        });
    },
  };
}

async function readPart(
  path: string,
  offset: number,
  end: number,
): Promise<Uint8Array> {
  using file = await Deno.open(path);
  await file.seek(offset, Deno.SeekMode.Start);
  const bytes = new Uint8Array(end - offset);
  for (let at = 0; at < bytes.length;) {
    const read = await file.read(bytes.subarray(at));
    if (read === null) throw unknown("the file is shorter than it was");
    at += read;
  }
  return bytes;
}

async function fetchPart(
  url: string,
  offset: number,
  end: number,
  { fetch, signal }: TrackFactsOptions,
): Promise<Uint8Array> {
  const range = `bytes=${offset}-${end - 1}`;
  const answer = await fetch(url, {
    headers: { range, "accept-encoding": "identity" },
    signal,
  });
  const given = answer.headers.get("content-range") ?? "";
  if (given.startsWith(`bytes ${offset}-${end - 1}/`)) {
    return new Uint8Array(await answer.arrayBuffer());
  }
  await answer.body?.cancel();
  throw unknown(`asked for ${range}, got "${given}"`);
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

/** Nothing is said of such a file. */
function unknown(why: string): AlluviumError {
  return new AlluviumError(
    "media-unreachable",
    `Cannot look into the file: ${why}`,
  );
}
