import { assert, assertEquals } from "@std/assert";
import { FROM, Year } from "./year.ts";

const year = new Year("a year");

Deno.test("a year: every event starts on its second, each hour of both clock changes included", () => {
  const { found, wanted } = year.events();
  assertEquals(found, wanted);
  assertEquals(found.filter((line) => line.endsWith("News")).length, 8760);
});

Deno.test("a year: no gap, nothing out of order", () => {
  assertEquals(year.airings[0]!.startMs, FROM);
  assertEquals(year.gaps(), []);
  year.airings.forEach(({ startMs }, i) =>
    assert(startMs < (year.airings[i + 1]?.startMs ?? Infinity))
  );
});

Deno.test("a year: each item is by the block whose time it is, or fills what that leaves", () => {
  assertEquals(year.strangers(), []);
});

Deno.test("a year: no artist comes again within the distance", () => {
  assertEquals(year.tooSoon(), []);
});

Deno.test("a year: jingles come after four items, plays in their order, concerts finish", () => {
  const runs = year.jingleRuns();
  assert(runs.length > 10_000);
  assertEquals(new Set(runs), new Set([4]));
  const plays = year.airings.filter(({ by }) => by === "Play");
  plays.forEach(({ path }, i) =>
    assertEquals(path, `drama/${String(i % 12).padStart(4, "0")}.mp3`)
  );
  year.airings.forEach(({ by }, i) => {
    if (by !== "Concert" || year.cutOf(i) === 0) return;
    assertEquals(year.airings[i + 1]?.by, "News");
  });
});

Deno.test("a year: nothing comes again before half of the music was on", () => {
  assert(year.nearestAgain() >= 390, `${year.nearestAgain()}`);
});

Deno.test("a year in one line", () => {
  const cuts = year.fittedCuts();
  // Where an episode leaves less than the shortest song, one must be cut.
  assert(cuts.filter((ms) => ms > 3000).length <= 40);
  assert(cuts[Math.floor(cuts.length * 0.99)]! <= 1000);
  assertEquals(year.problems.map(({ code }) => code), ["loose-fit"]);
  console.log(year.line());
});
