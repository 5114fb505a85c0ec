/**
 * The HLS streams of a program, by path, and their answers: a playlist at
 * `/stream.m3u8`, its segments at `/stream/<number>.ts`, or, of CMAF, at
 * `/stream/<number>.m4s` behind `/stream/init-<number>.mp4`. They are ordinary files
 * to a player, so any cache may keep a segment.
 *
 * @module
 */
import { AlluviumError } from "../../errors.ts";
import { MOUNTS_MAX } from "../../limits.ts";
import type { MountChunk } from "../../media/packet.ts";
import { CORS_HEADERS, NO_CACHE_HEADERS } from "../response_head.ts";
import { mediaPlaylist } from "./playlist.ts";
import { Segmenter } from "./segmenter.ts";

/** One stream's side for whoever makes it. */
export interface HlsInput {
  /**
   * Adds a chunk of MPEG-TS or CMAF.
   *
   * @param atMs when it plays, in ms since the epoch
   */
  push(chunk: MountChunk, atMs: number): void;
}

/** The media type of a playlist (RFC 8216, 4). */
export const HLS_TYPE = "application/vnd.apple.mpegurl";

/** Every HLS stream. */
export class HlsTable {
  readonly #streams = new Map<string, Segmenter>();

  /** Paths of all playlists. */
  get paths(): string[] {
    return [...this.#streams.keys()];
  }

  /**
   * Offers a stream.
   *
   * @param path of its playlist, e.g. `/stream.m3u8`
   * @throws AlluviumError `busy` beyond MOUNTS_MAX
   */
  add(path: string): HlsInput {
    if (this.#streams.size >= MOUNTS_MAX) {
      throw new AlluviumError(
        "busy",
        `Cannot offer more than ${MOUNTS_MAX} HLS streams`,
      );
    }
    const segmenter = new Segmenter();
    this.#streams.set(path, segmenter);
    return segmenter;
  }

  /** Takes a stream away. */
  remove(path: string): void {
    this.#streams.delete(path);
  }

  /**
   * The answer to a path: a playlist that has a segment, or a segment.
   *
   * @returns undefined for what is neither, or not there yet
   */
  answer(path: string, crossOrigin = true): Response | undefined {
    const cors = crossOrigin ? CORS_HEADERS : {};
    const segmenter = this.#streams.get(path);
    if (segmenter !== undefined) {
      if (segmenter.listed.length === 0) return undefined;
      const name = path.slice(path.lastIndexOf("/") + 1, -".m3u8".length);
      return answer(
        new TextEncoder().encode(mediaPlaylist(segmenter, `${name}/`)),
        { "Content-Type": HLS_TYPE, ...NO_CACHE_HEADERS, ...cors },
      );
    }
    const file = /^(.*)\/(init-)?(\d{1,15})\.(ts|m4s|mp4)$/.exec(path);
    const [, stream, isInit, number, extension] = file ?? [];
    const found = this.#streams.get(`${stream}.m3u8`);
    if (found === undefined) return undefined;
    const data = isInit
      ? found.init(Number(number))?.data
      : found.segment(Number(number))?.data;
    return data && answer(data, {
      "Content-Type": SEGMENT_TYPES[extension!]!,
      "Cache-Control": "max-age=60",
      ...cors,
    });
  }
}

/** By their endings. */
const SEGMENT_TYPES: Readonly<Record<string, string>> = {
  ts: "video/mp2t",
  m4s: "video/iso.segment",
  mp4: "video/mp4",
};

function answer(bytes: Uint8Array, headers: Record<string, string>): Response {
  return new Response(bytes.slice(), {
    headers: { ...headers, "Content-Length": String(bytes.length) },
  });
}
