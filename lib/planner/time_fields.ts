/**
 * The fields that say when: days, dates, times of day, recurrences. Pure.
 *
 * @module
 */
import { EVENT_TIMES_MAX, STATION_DATES_MAX } from "../limits.ts";
import type { FieldReader } from "./field_reader.ts";
import { cronError } from "./recurrence.ts";
import type { BlockTime, DateRange, Days, EventTime } from "./station.ts";

const DAY_NAMES = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAY_GROUPS: Readonly<Record<string, readonly number[]>> = {
  weekdays: [1, 2, 3, 4, 5],
  weekend: [6, 7],
  daily: [1, 2, 3, 4, 5, 6, 7],
};
const DATE = /^(\d{4}-\d\d-\d\d)(?:\s*\/\s*(\d{4}-\d\d-\d\d))?$/;

/** Reads when a block plays: `from` and `to`, or `cron` and `minutes`. */
export function readBlockTime(fields: FieldReader): BlockTime {
  const cron = cronOf(fields);
  const days = readDays(fields);
  if (cron !== undefined) {
    if (!fields.has("minutes")) {
      fields.fail("minutes", "is wanted beside cron: how long the block is");
    }
    const bounds = { min: 1, max: 7 * 24 * 60, fractions: true };
    const minutes = fields.number("minutes", bounds, 60);
    return { kind: "cron", cron, minutes, days };
  }
  const from = timeOf(fields, "from") ?? "00:00:00";
  const to = timeOf(fields, "to") ?? "00:00:00";
  return { kind: "daily", from, to, days };
}

/** Reads when an event plays: `at`, or `cron`. */
export function readEventTime(fields: FieldReader): EventTime {
  const cron = cronOf(fields);
  const days = readDays(fields);
  const texts = fields.texts("at", EVENT_TIMES_MAX);
  if (cron !== undefined && texts === undefined) {
    return { kind: "cron", cron, days };
  }
  if (cron !== undefined || texts === undefined || texts.length === 0) {
    fields.fail("at", "is wanted, or cron, and not both: when the event plays");
  }
  const at = texts.map((text) => timeOfDay(fields, "at", text));
  return { kind: "daily", at, days };
}

function cronOf(fields: FieldReader): string | undefined {
  const cron = fields.text("cron");
  if (cron === undefined) return undefined;
  const wrong = cronError(cron);
  if (wrong !== undefined) {
    fields.fail("cron", `"${cron}" is no recurrence: ${wrong}`);
  }
  return cron;
}

function timeOf(fields: FieldReader, field: string): string | undefined {
  const text = fields.text(field);
  return text === undefined ? undefined : timeOfDay(fields, field, text);
}

/** `18:00`, `18:00:30` as `18:00:30`; `24:00` is the next midnight. */
function timeOfDay(fields: FieldReader, field: string, text: string): string {
  const found = /^(\d\d?):(\d\d)(?::(\d\d)(?:\.0*)?)?$/.exec(text.trim());
  const [hour, minute, second] = [1, 2, 3].map((i) => Number(found?.[i] ?? 0));
  const fine = found && minute! < 60 && second! < 60 &&
    (hour! < 24 || (hour === 24 && minute === 0 && second === 0));
  if (!fine) fields.fail(field, `wants times such as "18:00" or "18:00:30"`);
  return [hour! % 24, minute, second].map((n) => String(n).padStart(2, "0"))
    .join(":");
}

function readDays(fields: FieldReader): Days {
  const weekdays = fields.texts("days", 7)?.flatMap((text) =>
    weekdaysOf(fields, text)
  );
  const dates = fields.texts("dates", STATION_DATES_MAX)
    ?.map((text) => datesOf(fields, text));
  return {
    ...(weekdays === undefined ? {} : { weekdays: [...new Set(weekdays)] }),
    ...(dates === undefined ? {} : { dates }),
  };
}

function weekdaysOf(fields: FieldReader, text: string): readonly number[] {
  const word = text.trim().toLowerCase();
  const group = Object.hasOwn(DAY_GROUPS, word) ? DAY_GROUPS[word] : undefined;
  if (group) return group;
  const day = DAY_NAMES.indexOf(word.slice(0, 3));
  if (day >= 0 && /^[a-z]{3,9}$/.test(word)) return [day + 1];
  fields.fail("days", `wants "mon" to "sun", "weekdays", "weekend" or "daily"`);
}

function datesOf(fields: FieldReader, text: string): DateRange {
  const [, from, to = from] = DATE.exec(text.trim()) ?? [];
  const fine = from !== undefined && to !== undefined && from <= to &&
    [from, to].every(isDate);
  if (fine) return { from, to };
  fields.fail(
    "dates",
    `wants dates such as "2026-12-24" or "2026-12-24/2026-12-26"`,
  );
}

function isDate(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
