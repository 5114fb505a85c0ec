import { assertEquals } from "@std/assert";
import { PROBLEMS_TOLD_MAX } from "../../lib/limits.ts";
import type { Problem } from "../../lib/playlist/playlist.ts";
import { problemSentences } from "../../lib/tuner/playlist_problems.ts";

const URL = "http://station.test/playlist.rss";

function problem(line: number, severity: Problem["severity"]): Problem {
  return { severity, code: "bad-date", message: "No time", line, column: 2 };
}

Deno.test("each error of a playlist is told with its line, warnings are not", () => {
  const problems = [problem(3, "error"), problem(4, "warning")];
  assertEquals(problemSentences(URL, problems), [
    `${URL}:3:2: No time; the item is left out`,
  ]);
});

Deno.test("a playlist without any item is told to be silent", () => {
  const problems: Problem[] = [
    { severity: "error", code: "no-items", message: "No item" },
  ];
  assertEquals(problemSentences(URL, problems), [
    `${URL}: No item; the stream is silent`,
  ]);
});

Deno.test("of many errors a few are told, and how many more there are", () => {
  const problems = Array.from(
    { length: PROBLEMS_TOLD_MAX + 2 },
    (_, i) => problem(i + 1, "error"),
  );
  const told = problemSentences(URL, problems);
  assertEquals(told.length, PROBLEMS_TOLD_MAX + 1);
  assertEquals(
    told.at(-1),
    `${URL}: 2 more errors are not listed: alluvium check tells them all`,
  );
});
