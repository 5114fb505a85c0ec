/**
 * Sizes and rates as people write and read them. Sizes count in powers of 1024,
 * as disks and caches are spoken of here; rates in powers of 1000, as networks
 * are. Pure.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";

const SIZE_UNITS = ["", "k", "m", "g", "t"];
const SIZE = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i;
const RATE = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:bit|bits|bps|bit\/s)?$/i;

/**
 * Reads `500M`, `1.5g`, `64KiB` or `4096` as bytes.
 *
 * @throws AlluviumError "usage" for anything else
 */
export function parseSize(text: string): number {
  const found = SIZE.exec(text.trim());
  if (!found) {
    throw new AlluviumError(
      "usage",
      `Cannot read "${text}" as a size: want a number with k, M, G or T, such as 500M`,
    );
  }
  const power = SIZE_UNITS.indexOf((found[2] ?? "").toLowerCase());
  return whole(Number(found[1]) * 1024 ** power, text);
}

/**
 * Reads `2Mbit`, `500kbit` or `64000` as bits per second.
 *
 * @throws AlluviumError "usage" for anything else
 */
export function parseRate(text: string): number {
  const found = RATE.exec(text.trim());
  if (!found) {
    throw new AlluviumError(
      "usage",
      `Cannot read "${text}" as a rate: want bits per second with kbit, Mbit or Gbit, such as 2Mbit`,
    );
  }
  const power = SIZE_UNITS.indexOf((found[2] ?? "").toLowerCase());
  return whole(Number(found[1]) * 1000 ** power, text);
}

function whole(value: number, text: string): number {
  const rounded = Math.round(value);
  if (Number.isSafeInteger(rounded)) return rounded;
  throw new AlluviumError("usage", `Cannot use "${text}": it is too large`);
}

/** Bytes for people: `0 B`, `16 KiB`, `3.4 MiB`. */
export function formatSize(bytes: number): string {
  return scaled(bytes, 1024, ["B", "KiB", "MiB", "GiB", "TiB"]);
}

/** Bits per second for people: `128 kbit/s`, `2 Mbit/s`. */
export function formatRate(bitsPerSecond: number): string {
  return scaled(bitsPerSecond, 1000, [
    "bit/s",
    "kbit/s",
    "Mbit/s",
    "Gbit/s",
    "Tbit/s",
  ]);
}

function scaled(value: number, base: number, units: string[]): string {
  let left = value;
  let unit = 0;
  while (left >= base && unit < units.length - 1) {
    left /= base;
    unit++;
  }
  const digits = unit === 0 || left >= 100 ? 0 : 1;
  return `${left.toFixed(digits).replace(/\.0$/, "")} ${units[unit]}`;
}

/** A length of time for people: `0:04`, `3:08`, `1:02:05`. Fractions are cut. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${
    two(seconds % 60)
  }`;
}
