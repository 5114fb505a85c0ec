/**
 * Local time: a station's schedule is by the clock on its wall, which is set
 * twice a year. A time that the wall clock skips counts as the same distance
 * after midnight as if it had not (02:30 becomes 03:30), one that comes twice
 * counts the first time; so does `Temporal`, which knows the zones. Pure.
 *
 * @module
 */
import type { Days } from "./station.ts";

/** Whether the name is that of a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false; // RangeError: no such zone.
  }
}

/**
 * A local time as a moment.
 *
 * @param date `2026-12-24`
 * @param time `18:00:00`
 * @returns ms since the epoch
 */
export function localToMs(date: string, time: string, zone: string): number {
  return Temporal.PlainDateTime.from(`${date}T${time}`)
    .toZonedDateTime(zone, { disambiguation: "compatible" }).epochMilliseconds;
}

/** The local date of a moment, `2026-12-24`. */
export function localDate(ms: number, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(ms))
    .toZonedDateTimeISO(zone).toPlainDate().toString();
}

/** The date so many days later. */
export function laterDate(date: string, days: number): string {
  return Temporal.PlainDate.from(date).add({ days }).toString();
}

/** Whether something happens on a date. */
export function isOn(date: string, { weekdays, dates }: Days): boolean {
  if (weekdays && !weekdays.includes(Temporal.PlainDate.from(date).dayOfWeek)) {
    return false;
  }
  return !dates || dates.some(({ from, to }) => from <= date && date <= to);
}

/** The local dates from that of one moment to that of another, both included. */
export function* datesBetween(
  fromMs: number,
  untilMs: number,
  zone: string,
): Generator<string> {
  const last = localDate(untilMs, zone);
  let date = localDate(fromMs, zone);
  while (date <= last) {
    yield date;
    date = laterDate(date, 1);
  }
}
