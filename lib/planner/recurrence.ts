/**
 * Recurrences in cron's words, by a library that knows them and the zones:
 * `0 20 * * 5` each Friday at 20:00, `0 12 * * 1#1` the first Monday at noon,
 * with seconds in front where there are six fields. In the hour that comes
 * twice an hourly recurrence happens twice, a daily one once. Pure.
 *
 * @module
 */
import { Cron } from "croner";
import { OCCURRENCES_MAX } from "../limits.ts";
import { AlluviumError } from "../errors.ts";

/** What is wrong with a recurrence; undefined where nothing is. */
export function cronError(cron: string): string | undefined {
  // Dates and shortcuts of the library are left out: there are fields for them.
  if (!/^\S+(\s+\S+){4,5}$/.test(cron.trim())) {
    return "want five fields (minute hour day month weekday), or six with seconds in front";
  }
  try {
    new Cron(cron.trim());
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * The moments of a recurrence.
 *
 * @param cron one in which {@linkcode cronError} finds nothing
 * @param fromMs in ms since the epoch, included
 * @param untilMs in ms since the epoch, excluded
 * @param line where it stands in the programme file, for the error
 * @throws AlluviumError `programme-file` past `OCCURRENCES_MAX`
 */
export function occurrences(
  cron: string,
  zone: string,
  fromMs: number,
  untilMs: number,
  line?: number,
): number[] {
  const rule = new Cron(cron.trim(), { timezone: zone });
  const found: number[] = [];
  // The library looks for what comes after a time.
  let at = rule.nextRun(new Date(fromMs - 1));
  while (at && at.getTime() < untilMs) {
    if (found.push(at.getTime()) > OCCURRENCES_MAX) throw tooOften(cron, line);
    at = rule.nextRun(at);
  }
  return found;
}

function tooOften(cron: string, line: number | undefined): AlluviumError {
  return new AlluviumError(
    "programme-file",
    `Cannot lay out the programme: "${cron}" happens more than ${OCCURRENCES_MAX} times in it; make it rarer, or lay out fewer days`,
    { field: "cron", ...(line === undefined ? {} : { line }) },
  );
}
