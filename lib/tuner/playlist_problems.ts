/**
 * What a listener is told of a playlist that can be read but is not right: each
 * error with its line, a few of them, and where the rest can be read. Warnings
 * cost no item and are the station's business: `alluvium check` tells them.
 *
 * @module
 */
import { PROBLEMS_TOLD_MAX } from "../limits.ts";
import type { Playlist, Problem } from "../playlist/playlist.ts";

/**
 * The errors of a playlist as sentences without a full stop.
 *
 * @example
 * ```ts
 * import { problemSentences } from "./playlist_problems.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const message = "Item has no URL: give it a link";
 * const sentences = problemSentences("http://a.test/p.rss", [
 *   { severity: "error", code: "item-without-url", message, line: 3, column: 1 },
 * ]);
 * assertEquals(sentences, [
 *   "http://a.test/p.rss:3:1: Item has no URL: give it a link; the item is left out",
 * ]);
 * ```
 */
export function problemSentences(
  url: Playlist["url"],
  problems: readonly Problem[],
): string[] {
  const errors = problems.filter(({ severity }) => severity === "error");
  const told = errors.slice(0, PROBLEMS_TOLD_MAX).map((problem) => {
    const { line, column, message } = problem;
    const place = [url, line, column].filter((x) => x !== undefined).join(":");
    const outcome = line === undefined
      ? "the stream is silent"
      : "the item is left out";
    return problem.code === "more-problems"
      ? `${place}: ${message}`
      : `${place}: ${message}; ${outcome}`;
  });
  const more = errors.length - told.length;
  if (more === 0) return told;
  const what = more === 1 ? "1 more error is" : `${more} more errors are`;
  return [...told, `${url}: ${what} not listed: alluvium check tells them all`];
}
