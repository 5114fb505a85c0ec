/**
 * Vorbis comments (xiph.org/vorbis/doc/v-comment.html), the tags of Opus, Vorbis
 * and FLAC alike: a vendor and `NAME=value` fields.
 *
 * Promises: lenient in (a cut or lying header gives what could be read), strict
 * out. Pictures are never passed on: they would be sent again to every listener
 * of a mount. Leaves to others: what stands before and after (each codec's own).
 *
 * @module
 */
import { OGG_COMMENT_BYTES_MAX, OGG_COMMENTS_MAX } from "../../limits.ts";
import { concatBytes, putU32le, u32le } from "../bytes.ts";
import type { NowPlaying } from "../mount_writer.ts";
import { cleanText, type TagText } from "../tags/id3.ts";

/** A comment header without its codec's wrapping. */
export interface Comments {
  /** The program that encoded the stream. */
  vendor: string;
  /** `NAME=value`, as they stand in the file. */
  fields: string[];
}

/** Fields that are not passed on: replaced by the playlist's, or pictures. */
const DROPPED =
  /^(title|artist|metadata_block_picture|coverart|coverartmime)=/i;

/** Reads comments from `at`; what is cut off or broken is left out. */
export function parseComments(bytes: Uint8Array, at: number): Comments {
  const vendor = readString(bytes, at);
  if (vendor === undefined) return { vendor: "", fields: [] };
  const count = Math.min(u32le(bytes, vendor.next), OGG_COMMENTS_MAX);
  const fields: string[] = [];
  for (let i = 0, next = vendor.next + 4; i < count; i++) {
    const field = readString(bytes, next);
    if (field === undefined) break;
    fields.push(field.text);
    next = field.next;
  }
  return { vendor: vendor.text, fields };
}

function readString(
  bytes: Uint8Array,
  at: number,
): { text: string; next: number } | undefined {
  if (at + 4 > bytes.length) return undefined;
  const next = at + 4 + u32le(bytes, at);
  if (next > bytes.length) return undefined;
  return { text: new TextDecoder().decode(bytes.subarray(at + 4, next)), next };
}

/** Writes comments. */
export function writeComments(comments: Comments): Uint8Array {
  const count = new Uint8Array(4);
  putU32le(count, 0, comments.fields.length);
  return concatBytes([
    writeString(comments.vendor),
    count,
    ...comments.fields.map(writeString),
  ]);
}

function writeString(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const field = new Uint8Array(4 + bytes.length);
  putU32le(field, 0, bytes.length);
  field.set(bytes, 4);
  return field;
}

/** Title and performer among the fields. */
export function textOf(comments: Comments): TagText {
  const title = valueOf(comments, "title");
  const creator = valueOf(comments, "artist");
  return { ...(title && { title }), ...(creator && { creator }) };
}

function valueOf(comments: Comments, name: string): string {
  const prefix = `${name}=`;
  const field = comments.fields.find((x) =>
    x.slice(0, prefix.length).toLowerCase() === prefix
  );
  return field === undefined ? "" : cleanText(field.slice(prefix.length));
}

/**
 * The comments of an item on a mount: the playlist's title and creator, and of
 * the file's own what is left and fits {@linkcode OGG_COMMENT_BYTES_MAX}.
 */
export function retitle(comments: Comments, playing: NowPlaying): Comments {
  const fields: string[] = [];
  if (playing.title !== "") fields.push(`TITLE=${playing.title}`);
  if (playing.creator) fields.push(`ARTIST=${playing.creator}`);
  let room = OGG_COMMENT_BYTES_MAX;
  for (const field of comments.fields) {
    // UTF-8 takes at most three bytes for a UTF-16 unit.
    room -= 4 + field.length * 3;
    if (room < 0) break;
    if (!DROPPED.test(field)) fields.push(field);
  }
  return { vendor: comments.vendor.slice(0, 256), fields };
}
