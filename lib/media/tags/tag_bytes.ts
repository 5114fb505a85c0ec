/**
 * How long the tags are that stand between frames: ID3v2 (id3.org, 2.2 to 2.4),
 * APEv2 (wiki.hydrogenaud.io, "APEv2 specification") and ID3v1.
 *
 * Promises: nothing is buffered, a tag of 30 MB of cover art is told by its
 * first ten bytes. Leaves to others: reading what is inside (`id3.ts`).
 *
 * @module
 */
import { hasAscii, u32le } from "../bytes.ts";

/** Bytes that decide whether a tag begins here, whichever kind it is. */
export const TAG_HEAD_BYTES = 32;

const ID3V2_HEADER_BYTES = 10;
/** Length of an ID3v1 tag, which stands at the very end of a file. */
export const ID3V1_BYTES = 128;

const APE_HEADER_BYTES = 32;
/** APEv2 flag: this is the header, not the footer. */
const APE_IS_HEADER = 0x20000000;

/**
 * Length of the ID3v2 tag at `at`, header and footer included; `undefined`
 * where none begins. Needs 10 bytes.
 */
export function id3v2Bytes(bytes: Uint8Array, at: number): number | undefined {
  if (!hasAscii(bytes, at, "ID3")) return undefined;
  if (at + ID3V2_HEADER_BYTES > bytes.length) return undefined;
  const version = bytes[at + 3]!;
  if (version < 2 || version > 4 || bytes[at + 4] === 0xff) return undefined;
  const size = syncsafe(bytes, at + 6);
  if (size === undefined) return undefined;
  const footer = version === 4 && (bytes[at + 5]! & 0x10) !== 0 ? 10 : 0;
  return ID3V2_HEADER_BYTES + size + footer;
}

/** Four bytes of seven bits each, as ID3v2 writes sizes; `undefined` for any other. */
export function syncsafe(bytes: Uint8Array, at: number): number | undefined {
  let value = 0;
  for (let i = 0; i < 4; i++) {
    const byte = bytes[at + i];
    if (byte === undefined || byte > 127) return undefined;
    value = value * 128 + byte;
  }
  return value;
}

/**
 * Length of a tag that begins at `at`; `undefined` where none does. Bytes
 * beyond the end of `bytes` count as "not a tag", so give it
 * {@linkcode TAG_HEAD_BYTES} where they exist.
 */
export function tagBytes(bytes: Uint8Array, at: number): number | undefined {
  switch (bytes[at]) {
    case 0x49: // I
      return id3v2Bytes(bytes, at);
    case 0x41: // A
      return apeBytes(bytes, at);
    case 0x54: // T
      return hasAscii(bytes, at, "TAG") ? ID3V1_BYTES : undefined;
    default:
      return undefined;
  }
}

function apeBytes(bytes: Uint8Array, at: number): number | undefined {
  if (!hasAscii(bytes, at, "APETAGEX")) return undefined;
  if (at + APE_HEADER_BYTES > bytes.length) return undefined;
  const isHeader = (u32le(bytes, at + 20) & APE_IS_HEADER) !== 0;
  return APE_HEADER_BYTES + (isHeader ? u32le(bytes, at + 12) : 0);
}

/** Whether `bytes` from `at` could still become a tag when more bytes come. */
export function mayBeTag(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at];
  return first === 0x49 || first === 0x41 || first === 0x54;
}
