/**
 * The `Range` header as far as media needs it: one range of bytes. Several at
 * once, other units and what cannot be read count as no range, as RFC 9110
 * (14.2) allows. Pure.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";

/** Bytes `start` to `end`, exclusive; at least one. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * Reads a `Range` header.
 *
 * @param header as it came; null where there is none
 * @param length bytes of the whole file
 * @returns undefined where the whole file is wanted
 * @throws {AlluviumError} `range-not-satisfiable`
 */
export function parseRange(
  header: string | null,
  length: number,
): ByteRange | undefined {
  const found = /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i
    .exec(header ?? "");
  const [, first = "", last = ""] = found ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const start = Math.max(0, length - Number(last));
    return within({ start, end: length }, length);
  }
  const start = Number(first);
  const end = last === "" ? length : Math.min(length, Number(last) + 1);
  // A range that ends before it begins is no range at all.
  if (last !== "" && Number(last) < start) return undefined;
  return within({ start, end }, length);
}

function within(range: ByteRange, length: number): ByteRange {
  if (range.start < range.end && range.start < length) return range;
  throw new AlluviumError(
    "range-not-satisfiable",
    `Cannot give this range: the file has ${length} bytes`,
    { field: "Range" },
  );
}
