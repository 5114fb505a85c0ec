/**
 * Times as people type and read them on the command line. What is read follows
 * the playlists: W3CDTF, UTC where no zone is given, so that a line means the
 * same on every machine. Pure.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { parseTime } from "../playlist/w3cdtf.ts";

/**
 * Reads a time, or `now`.
 *
 * @param option the option's name, for messages
 * @returns milliseconds since the epoch
 * @throws AlluviumError `usage` for anything else
 */
export function parseWhen(text: string, option: string, nowMs: number): number {
  if (text.trim().toLowerCase() === "now") return nowMs;
  const time = parseTime(text);
  if (time) return time.ms;
  throw new AlluviumError(
    "usage",
    `Cannot read "${text}" of --${option} as a time: want now, or a time such as 2026-11-22T20:00:00Z or 2026-11-22T21:00+01:00`,
  );
}

/** `2026-11-22 21:00:00` on this machine's own clock face; fractions are cut. */
export function formatLocal(ms: number): string {
  const at = new Date(Math.floor(ms));
  const two = (n: number) => String(n).padStart(2, "0");
  const date = [at.getFullYear(), at.getMonth() + 1, at.getDate()].map(two);
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two);
  return `${date.join("-")} ${time.join(":")}`;
}

/** `2026-11-22 20:00:00Z`; fractions are cut. */
export function formatUtc(ms: number): string {
  return new Date(Math.floor(ms)).toISOString().slice(0, 19)
    .replace("T", " ") + "Z";
}

/** The name of this machine's time zone, e.g. `Europe/Vienna`. */
export function localZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
