/**
 * What a file is, by its content. The type somebody claims is not asked: web
 * servers guess it from the name.
 *
 * Promises: tags at the start are stepped over whatever their length; a file
 * that begins with rubbish is searched for the first sound; what is plainly
 * something else is rejected with its name, so that a person sees what to fix.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { MEDIA_SEARCH_BYTES_MAX, MEDIA_TAGS_MAX } from "../limits.ts";
import { parseAdts } from "./adts/header.ts";
import { concatBytes, hasAscii, u32be } from "./bytes.ts";
import { Mp3Framer } from "./mp3/framer.ts";
import { readBlock } from "./packet_stream.ts";
import type { RandomAccess } from "./random_access.ts";
import { foreignFormat } from "./foreign.ts";
import { readId3v2, type TagText } from "./tags/id3.ts";
import { id3v2Bytes, TAG_HEAD_BYTES, tagBytes } from "./tags/tag_bytes.ts";

/** The formats we can open. */
export type Format = "mp3" | "ogg" | "adts" | "flac" | "ts" | "webm" | "bunny";

/** Bytes that tell what a file is: three packets of MPEG-TS and more. */
const HEAD_BYTES = 1024;

/** What a file is and where it begins to be that. */
export interface Probe {
  /** Which format. */
  format: Format;
  /** Offset after the tags (and, for Ogg, after rubbish). */
  offset: number;
  /** What the tags before it say. */
  tags: TagText;
}

/** How to look. */
export interface ProbeOptions {
  /** The media type somebody claimed, for the message of a rejection. */
  type?: string;
  /** Ends the reading. */
  signal?: AbortSignal;
}

/**
 * Finds out what a file is.
 *
 * @throws AlluviumError `media-rejected` when it is nothing we can open
 * @throws whatever the source throws
 */
export async function probe(
  source: RandomAccess,
  options: ProbeOptions = {},
): Promise<Probe> {
  const { signal, type } = options;
  if (source.size === 0) reject("it is empty");
  const { offset, tags } = await stepOverTags(source, signal);
  if (offset >= source.size) reject("it holds tags and no sound");
  const head = await source.read(offset, HEAD_BYTES, signal);
  const plain = plainFormat(head);
  if (plain !== undefined) return { format: plain, offset, tags };
  const foreign = foreignFormat(head);
  if (foreign !== undefined) {
    const claim = type === undefined ? "" : `, sent as ${type}`;
    reject(
      `it is ${foreign}${claim}, wanted MP3, AAC, Ogg, FLAC, MP4, WebM or MPEG-TS`,
    );
  }
  const found = await searchSound(source, offset, signal);
  return { ...found, tags };
}

/** What the first bytes say beyond doubt. */
function plainFormat(head: Uint8Array): Format | undefined {
  if (hasAscii(head, 0, "OggS")) return "ogg";
  if (hasAscii(head, 0, "fLaC")) return "flac";
  if (isTransportStream(head)) return "ts";
  const isBoxes = ["ftyp", "moov", "moof", "mdat", "wide", "free", "skip"]
    .some((kind) => hasAscii(head, 4, kind));
  if (isBoxes) return "bunny";
  if (u32be(head, 0) === 0x1a45dfa3) return "webm";
  return parseAdts(head, 0) === undefined ? undefined : "adts";
}

/** Packets of 188 bytes, each beginning with 0x47 (ISO 13818-1). */
function isTransportStream(head: Uint8Array): boolean {
  return head[0] === 0x47 && head[188] === 0x47 && head[376] === 0x47;
}

function reject(why: string): never {
  throw new AlluviumError("media-rejected", `Cannot play the file: ${why}`);
}

async function stepOverTags(
  source: RandomAccess,
  signal: AbortSignal | undefined,
): Promise<{ offset: number; tags: TagText }> {
  let offset = 0;
  let tags: TagText = {};
  for (let i = 0; i < MEDIA_TAGS_MAX && offset < source.size; i++) {
    const head = await source.read(offset, TAG_HEAD_BYTES, signal);
    const bytes = tagBytes(head, 0);
    // A tag that claims more than the file has is a broken one: search behind it.
    if (bytes === undefined || offset + bytes > source.size) break;
    if (id3v2Bytes(head, 0) !== undefined) {
      tags = { ...await readId3v2(source, { offset, bytes }, signal), ...tags };
    }
    offset += bytes;
  }
  return { offset, tags };
}

/** Looks for the first frame or page among rubbish. */
async function searchSound(
  source: RandomAccess,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<{ format: Format; offset: number }> {
  const framer = new Mp3Framer({ offset, size: source.size });
  let tail: Uint8Array = new Uint8Array(0);
  const limit = Math.min(source.size, offset + MEDIA_SEARCH_BYTES_MAX);
  for (let at = offset; at < limit;) {
    const block = await readBlock(source, at, signal);
    const frames = framer.push(block);
    const seen = concatBytes([tail, block]);
    const page = at - tail.length + findPage(seen);
    const frame = frames[0]?.offset ?? Infinity;
    if (frame < page || framer.vbr) return { format: "mp3", offset };
    if (page < Infinity) return { format: "ogg", offset: page };
    at += block.length;
    tail = seen.slice(-4);
  }
  if (framer.finish().length > 0 || framer.vbr) {
    return { format: "mp3", offset };
  }
  reject("no MP3 frames and no Ogg pages were found in it");
}

/** Offset of the first "OggS" of version 0, or Infinity. */
function findPage(bytes: Uint8Array): number {
  for (
    let i = bytes.indexOf(0x4f);
    i >= 0;
    i = bytes.indexOf(0x4f, i + 1)
  ) {
    if (hasAscii(bytes, i, "OggS\0")) return i;
  }
  return Infinity;
}
