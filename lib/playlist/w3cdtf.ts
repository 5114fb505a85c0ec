/**
 * Times as playlists write them. W3CDTF (http://www.w3.org/TR/NOTE-datetime) is
 * the rule; what is met in the wild is read too: offsets without colon, any
 * number of fraction digits, the basic form without punctuation, a blank for
 * the `T`, RFC 822 dates of RSS 2.0, and times without a zone, which count as
 * UTC and say so. Written is always UTC with `Z`. Pure.
 *
 * @module
 */

/** A time that was read. */
export interface ReadTime {
  /** Milliseconds since the Unix epoch. */
  ms: number;
  /** False where a time of day was given without its zone; it counts as UTC. */
  zoned: boolean;
}

const EXTENDED =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(.*))?)?)?$/;
const BASIC =
  /^(\d{4})(\d\d)(\d\d)(?:[Tt](\d\d)(\d\d)(?:(\d\d)(?:[.,](\d+))?)?(.*))?$/;
const RFC822 =
  /^(?:[A-Za-z]{3,9},? )?(\d{1,2}) ([A-Za-z]{3,9}) (\d{4}|\d\d) (\d\d):(\d\d)(?::(\d\d))?(.*)$/;
const OFFSET = /^([+-])(\d\d)(?::?(\d\d))?$/;
const MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec";
/** Hours east of UTC of the zone names of RFC 822, section 5.1. */
const ZONE_HOURS: Readonly<Record<string, number>> = {
  UT: 0,
  UTC: 0,
  GMT: 0,
  Z: 0,
  EST: -5,
  EDT: -4,
  CST: -6,
  CDT: -5,
  MST: -7,
  MDT: -6,
  PST: -8,
  PDT: -7,
};

/**
 * Reads a time.
 *
 * @returns undefined for anything that is no time, impossible dates included
 *
 * @example
 * ```ts
 * import { parseTime } from "./w3cdtf.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseTime("2026-11-22T21:00:00+0100"), {
 *   ms: Date.UTC(2026, 10, 22, 20),
 *   zoned: true,
 * });
 * assertEquals(parseTime("2026-11-22T20:00")?.zoned, false);
 * assertEquals(parseTime("soon"), undefined);
 * ```
 */
export function parseTime(text: string): ReadTime | undefined {
  const trimmed = text.trim();
  const found = EXTENDED.exec(trimmed) ?? BASIC.exec(trimmed);
  return found ? fromIso(found) : fromRfc822(trimmed);
}

/**
 * Writes a time in UTC, with milliseconds only where there are any.
 *
 * @param ms milliseconds since the epoch, years 0 to 9999; fractions are cut
 */
export function formatTime(ms: number): string {
  return new Date(Math.floor(ms)).toISOString().replace(".000Z", "Z");
}

function fromIso(found: RegExpExecArray): ReadTime | undefined {
  const [, year, month, day, hour, minute, second, fraction, zone] = found;
  const midnight = dateMs(Number(year), Number(month ?? 1), Number(day ?? 1));
  if (midnight === undefined) return undefined;
  if (hour === undefined) return { ms: midnight, zoned: true };
  const time = timeMs(hour, minute, second, fraction);
  return time === undefined ? undefined : placed(midnight + time, zone ?? "");
}

function fromRfc822(text: string): ReadTime | undefined {
  const found = RFC822.exec(text.replace(/\s+/g, " "));
  if (!found) return undefined;
  const [, day, name = "", yearText = "", hour, minute, second, zone] = found;
  const month = MONTHS.indexOf(name.slice(0, 3).toLowerCase());
  if (month < 0 || month % 3 !== 0) return undefined;
  const year = Number(yearText) + (yearText.length === 2 ? 2000 : 0);
  const midnight = dateMs(year, month / 3 + 1, Number(day));
  const time = timeMs(hour, minute, second, undefined);
  if (midnight === undefined || time === undefined) return undefined;
  return placed(midnight + time, zone ?? "");
}

/** Midnight UTC of a date; undefined where the calendar has no such day. */
function dateMs(year: number, month: number, day: number): number | undefined {
  // Date.UTC takes the years 0 to 99 for those of the last century.
  if (year < 100 || month < 1 || month > 12 || day < 1) return undefined;
  const isReal = day <= 28 ||
    day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
  return isReal ? Date.UTC(year, month - 1, day) : undefined;
}

/** Milliseconds since midnight; a leap second (`:60`) is the next minute's first. */
function timeMs(
  hour: string | undefined,
  minute: string | undefined,
  second: string | undefined,
  fraction: string | undefined,
): number | undefined {
  const [h, m, s] = [Number(hour), Number(minute), Number(second ?? 0)];
  if (h > 23 || m > 59 || s > 60) return undefined;
  const ms = fraction === undefined ? 0 : Number((fraction + "00").slice(0, 3));
  return ((h * 60 + m) * 60 + s) * 1000 + ms;
}

/** Takes the zone off a time of day; undefined where it is not understood. */
function placed(localMs: number, zoneText: string): ReadTime | undefined {
  const zone = zoneText.trim();
  if (zone === "") return { ms: localMs, zoned: false };
  const hours = ZONE_HOURS[zone.toUpperCase()];
  if (hours !== undefined) {
    return { ms: localMs - hours * 3_600_000, zoned: true };
  }
  const offset = OFFSET.exec(zone);
  if (!offset) return undefined;
  const minutes = Number(offset[2]) * 60 + Number(offset[3] ?? 0);
  if (Number(offset[2]) > 23 || Number(offset[3] ?? 0) > 59) return undefined;
  const sign = offset[1] === "-" ? -1 : 1;
  return { ms: localMs - sign * minutes * 60_000, zoned: true };
}
