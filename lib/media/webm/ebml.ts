/**
 * Elements of EBML, the form of WebM and Matroska (RFC 8794): an id, a length,
 * contents. Writing only. Pure.
 *
 * @module
 */
import { concatBytes } from "../bytes.ts";

/** The length of an element that never ends. */
const UNKNOWN_LENGTH = [1, 255, 255, 255, 255, 255, 255, 255];

/** An element of bytes or of other elements. */
export function element(
  id: number,
  contents: Uint8Array | readonly Uint8Array[],
): Uint8Array {
  const parts = contents instanceof Uint8Array ? [contents] : contents;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return concatBytes([
    new Uint8Array([...idBytes(id), ...lengthBytes(length)]),
    ...parts,
  ]);
}

/** The beginning of an element without an end. */
export function endlessElement(id: number): Uint8Array {
  return new Uint8Array([...idBytes(id), ...UNKNOWN_LENGTH]);
}

/** An element of a whole number from 0 to 2^48. */
export function numberElement(id: number, value: number): Uint8Array {
  const bytes = bigEndian(value);
  return element(id, new Uint8Array(bytes.length === 0 ? [0] : bytes));
}

/** An element of a number with a fraction, 64 bits. */
export function floatElement(id: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value);
  return element(id, bytes);
}

/** An element of text in UTF-8. */
export function textElement(id: number, text: string): Uint8Array {
  return element(id, new TextEncoder().encode(text.toWellFormed()));
}

function idBytes(id: number): number[] {
  return bigEndian(id);
}

function bigEndian(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) {
    bytes.unshift(rest % 256);
  }
  return bytes;
}

/** A length in as many bytes as it needs: n bytes hold 7n bits. */
function lengthBytes(length: number): number[] {
  let bytes = 1;
  // All ones mean "unknown".
  while (length >= 2 ** (7 * bytes) - 1) bytes++;
  const digits = bigEndian(length);
  while (digits.length < bytes) digits.unshift(0);
  digits[0]! |= 2 ** (8 - bytes);
  return digits;
}
