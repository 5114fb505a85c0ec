/**
 * Reading and joining bytes: the few helpers that every parser of this folder
 * needs. All of them are total: out of range reads give `undefined` or zeros as
 * said, never an exception.
 *
 * @module
 */

/** Joins arrays into one; a single array is returned as it is. */
export function concatBytes(parts: Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Whether the ASCII string `text` stands at `at`. */
export function hasAscii(
  bytes: Uint8Array,
  at: number,
  text: string,
): boolean {
  if (at < 0 || at + text.length > bytes.length) return false;
  for (let i = 0; i < text.length; i++) {
    if (bytes[at + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}

/** Unsigned 16 bits, big end first; bytes past the end count as 0. */
export function u16be(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** Unsigned 32 bits, big end first; bytes past the end count as 0. */
export function u32be(bytes: Uint8Array, at: number): number {
  return u16be(bytes, at) * 65536 + u16be(bytes, at + 2);
}

/** Unsigned 16 bits, little end first; bytes past the end count as 0. */
export function u16le(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

/** Unsigned 32 bits, little end first; bytes past the end count as 0. */
export function u32le(bytes: Uint8Array, at: number): number {
  return u16le(bytes, at) + u16le(bytes, at + 2) * 65536;
}

/** Writes an unsigned 32-bit number, little end first. */
export function putU32le(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value & 255;
  bytes[at + 1] = (value >>> 8) & 255;
  bytes[at + 2] = (value >>> 16) & 255;
  bytes[at + 3] = (value >>> 24) & 255;
}
