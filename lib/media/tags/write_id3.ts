/**
 * A small ID3v2.4 tag: a title and who made it, for timed metadata.
 *
 * @module
 */
import { concatBytes } from "../bytes.ts";
import type { NowPlaying } from "../mount_writer.ts";

/** Characters of one field: a tag stays within a few transport packets. */
const CHARACTERS_MAX = 200;

/** The tag of what is on; without a title, an empty one. */
export function writeId3(playing: NowPlaying): Uint8Array {
  const body = concatBytes([
    field("TIT2", playing.title),
    ...(playing.creator ? [field("TPE1", playing.creator)] : []),
  ]);
  const head = [0x49, 0x44, 0x33, 4, 0, 0, ...syncSafe(body.length)];
  return concatBytes([new Uint8Array(head), body]);
}

function field(id: string, text: string): Uint8Array {
  const short = [...text].slice(0, CHARACTERS_MAX).join("").toWellFormed();
  const bytes = new TextEncoder().encode(short);
  return concatBytes([
    new TextEncoder().encode(id),
    // Encoding 3 is UTF-8.
    new Uint8Array([...syncSafe(bytes.length + 1), 0, 0, 3]),
    bytes,
  ]);
}

function syncSafe(value: number): number[] {
  return [21, 14, 7, 0].map((shift) => (value >> shift) & 127);
}
