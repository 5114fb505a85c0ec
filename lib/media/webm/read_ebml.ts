/**
 * Reading elements of EBML, the form of WebM and Matroska (RFC 8794): an id, a
 * length, contents. Pure and total.
 *
 * @module
 */

/** What an element's head says. */
export interface EbmlHead {
  /** Its id, with the bits that tell its length. */
  id: number;
  /** Bytes of the head. */
  headBytes: number;
  /** Bytes of the contents; `undefined` where they end with the next of its kind. */
  length: number | undefined;
}

/** An element whose contents are here. */
export interface EbmlElement {
  id: number;
  contents: Uint8Array;
}

/** Bytes that the longest head takes: an id of four, a length of eight. */
export const HEAD_BYTES_MAX = 12;

/**
 * A number whose first byte tells its length, without the bit that does;
 * `undefined` where there is none or it is cut off.
 */
export function readVint(
  bytes: Uint8Array,
  at: number,
): { value: number; bytes: number } | undefined {
  const first = bytes[at] ?? 0;
  const count = Math.clz32(first) - 23;
  if (count > 8 || at + count > bytes.length) return undefined;
  let value = first & (0xff >> count);
  for (let i = 1; i < count; i++) value = value * 256 + bytes[at + i]!;
  return { value, bytes: count };
}

/** The head at a place: "short" when it needs more bytes, `undefined` when there is none. */
export function readHead(
  bytes: Uint8Array,
  at: number,
): EbmlHead | "short" | undefined {
  if (at >= bytes.length) return "short";
  const idBytes = Math.clz32(bytes[at]!) - 23;
  if (idBytes > 4) return undefined;
  const lengthAt = at + idBytes;
  if (lengthAt >= bytes.length) return "short";
  const lengthBytes = Math.clz32(bytes[lengthAt]!) - 23;
  if (lengthBytes > 8) return undefined;
  const length = readVint(bytes, lengthAt);
  if (length === undefined) return "short";
  let id = 0;
  for (let i = at; i < lengthAt; i++) id = id * 256 + bytes[i]!;
  // All ones mean "unknown"; eight bytes of them are no exact number.
  const isUnknown = length.value >= 2 ** (7 * lengthBytes) - 1;
  return {
    id,
    headBytes: idBytes + lengthBytes,
    length: isUnknown ? undefined : length.value,
  };
}

/** The elements one after the other; ends at the first that is broken or cut off. */
export function* elementsOf(bytes: Uint8Array): Generator<EbmlElement> {
  for (let at = 0; at < bytes.length;) {
    const head = readHead(bytes, at);
    if (head === undefined || head === "short") return;
    const from = at + head.headBytes;
    const end = head.length === undefined ? bytes.length : from + head.length;
    if (end > bytes.length) return;
    yield { id: head.id, contents: bytes.subarray(from, end) };
    at = end;
  }
}

/** A whole number of up to eight bytes; beyond 2^53 it is not exact. */
export function readNumber(contents: Uint8Array): number {
  let value = 0;
  for (const byte of contents.subarray(0, 8)) value = value * 256 + byte;
  return value;
}

/** A number with sign, of up to eight bytes. */
export function readSigned(contents: Uint8Array): number {
  const value = readNumber(contents);
  const bits = 8 * Math.min(8, contents.length);
  return (contents[0] ?? 0) < 128 ? value : value - 2 ** bits;
}

/** A number with a fraction, of 4 or 8 bytes; 0 for anything else. */
export function readFloat(contents: Uint8Array): number {
  const { buffer, byteOffset, length } = contents;
  const view = new DataView(buffer, byteOffset, length);
  if (length === 4) return view.getFloat32(0);
  return length === 8 ? view.getFloat64(0) : 0;
}

/** Text, without the zeros that may stand behind it. */
export function readText(contents: Uint8Array): string {
  return new TextDecoder().decode(contents).replace(/\0+$/, "");
}
