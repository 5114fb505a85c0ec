/**
 * The beginning of a link: its headers, and the granule position its sound
 * starts from (not 0 when the file was cut from a longer stream).
 *
 * @module
 */
import { MEDIA_GARBAGE_BYTES_MAX } from "../../limits.ts";
import { readBlock } from "../packet_stream.ts";
import type { RandomAccess } from "../random_access.ts";
import { LinkReader, type OggLink } from "./link_reader.ts";
import { OggPageParser } from "./page_parser.ts";

/** A link as its beginning tells it. */
export interface OggHead {
  /** Its headers. */
  link: OggLink;
  /** Serials of all streams that began together. */
  group: ReadonlySet<number>;
  /** Offset of the first page of sound. */
  soundStart: number;
  /** Granule position where the first packet begins. */
  startGranule: number;
}

/**
 * Reads the first link that has sound we know, from `offset` on. `undefined`
 * when there is none within {@linkcode MEDIA_GARBAGE_BYTES_MAX}.
 *
 * @throws whatever the source throws
 */
export async function readOggHead(
  source: RandomAccess,
  offset: number,
  signal?: AbortSignal,
): Promise<OggHead | undefined> {
  const parser = new OggPageParser(offset);
  const reader = new LinkReader();
  const limit = Math.min(source.size, offset + MEDIA_GARBAGE_BYTES_MAX);
  for (let at = offset, ended = false; !ended;) {
    const block = at < limit
      ? await readBlock(source, at, signal)
      : new Uint8Array(0);
    at += block.length;
    ended = block.length === 0;
    for (const page of ended ? parser.finish() : parser.push(block)) {
      const [first] = reader.push(page);
      const link = reader.link;
      if (first === undefined) continue;
      return link && {
        link,
        group: reader.group,
        soundStart: page.offset,
        startGranule: first.end - first.packet.durationSamples,
      };
    }
  }
  return undefined;
}
