/**
 * Boxes, the form of MP4 (ISO 14496-12, 4.2): a length, a name, contents. Writing
 * only. Pure.
 *
 * @module
 */
import { concatBytes } from "../bytes.ts";

/** A box of bytes or of other boxes. */
export function box(name: string, ...contents: Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, part) => sum + part.length, 8);
  return concatBytes([
    bytesOf(...u32(length), ...[...name].map((x) => x.charCodeAt(0))),
    ...contents,
  ]);
}

/** A box with version and flags in front. */
export function fullBox(
  name: string,
  version: number,
  flags: number,
  ...contents: Uint8Array[]
): Uint8Array {
  return box(name, bytesOf(...u32(version * 2 ** 24 + flags)), ...contents);
}

/** Bytes by number. */
export function bytesOf(...bytes: number[]): Uint8Array {
  return new Uint8Array(bytes);
}

/** 16 bits, big end first. */
export function u16(value: number): number[] {
  return [(value >> 8) & 255, value & 255];
}

/** 32 bits, big end first. */
export function u32(value: number): number[] {
  return [...u16(Math.floor(value / 65536)), ...u16(value % 65536)];
}

/** 64 bits, big end first, of a whole number up to 2^53. */
export function u64(value: number): number[] {
  return [...u32(Math.floor(value / 2 ** 32)), ...u32(value % 2 ** 32)];
}

/** So many zeros. */
export function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}
