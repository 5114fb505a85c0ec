/**
 * Problems as lines for people, as compilers write them. Of many that are alike
 * a few are told, and how many more there are: news that cut a song every hour
 * must not hide the one file that is missing. Pure.
 *
 * @module
 */
import { CHECK_SAME_TOLD_MAX } from "../../limits.ts";
import type { Problem } from "../../playlist/playlist.ts";

/**
 * The lines, in the order of the problems.
 *
 * @param name the playlist, as the user called it
 */
export function problemLines(
  name: string,
  problems: readonly Problem[],
): string[] {
  const kinds = Map.groupBy(problems, ({ code }) => code);
  const told = new Map<string, number>();
  return problems.flatMap((problem) => {
    const count = (told.get(problem.code) ?? 0) + 1;
    told.set(problem.code, count);
    if (count <= CHECK_SAME_TOLD_MAX) return [lineOf(name, problem)];
    const all = kinds.get(problem.code)!;
    return count === CHECK_SAME_TOLD_MAX + 1
      ? [restOf(name, all.slice(CHECK_SAME_TOLD_MAX))]
      : [];
  });
}

/** `a.rss:12:5: error: what is wrong: what to do`. */
function lineOf(name: string, problem: Problem): string {
  const { severity, message, line, column } = problem;
  return `${placed(name, line, column)}: ${severity}: ${message}`;
}

/** What stands for the rest of a kind; one more is told as it is. */
function restOf(name: string, rest: readonly Problem[]): string {
  const [first] = rest;
  if (rest.length === 1) return lineOf(name, first!);
  const last = rest.at(-1)!.line;
  const until = last === undefined ? "" : `, the last in line ${last}`;
  return `${placed(name, first!.line)}: ${
    first!.severity
  }: … and ${rest.length} more like these${until}; --json tells of all`;
}

function placed(...parts: (string | number | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join(":");
}
