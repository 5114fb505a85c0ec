import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CHECK_SAME_TOLD_MAX } from "../../lib/limits.ts";
import { item, rss1 } from "../playlist/documents.ts";
import { tempFolder } from "../support/temp.ts";
import { type Outcome, run as runLine } from "./playlist_commands.ts";

/** Here it is the playlist that counts; of its media tells check_media_test. */
function run(args: string[]): Promise<Outcome> {
  return runLine([...args, "--no-media"]);
}

const at = (time: string, durationMs?: number, title = "Piece") =>
  item(
    `<title>${title}</title><ev:startdate>2026-11-22T${time}Z</ev:startdate>` +
      (durationMs === undefined
        ? ""
        : `<mm:duration>${durationMs}</mm:duration>`),
    "http://radio.example/a.mp3",
  );

/** The table's rows without local times, which differ from machine to machine. */
function rows(out: string): string[] {
  return out.split("\n").filter((line) => /^\d{4}-/.test(line))
    .map((line) => line.slice(line.search(/Z\s/) - 8).replace(/\s+/g, " "));
}

Deno.test("check prints the programme with gaps, cuts and what is on now", async () => {
  await using folder = await tempFolder();
  const file = await folder.write(
    "p.rss",
    rss1([
      at("19:59:00", 90_000, "First"),
      at("20:00:00", 30_000, "Second"),
      at("20:01:00", undefined, "Open"),
      at("20:02:00", 5000, "Last"),
    ].join("\n")),
  );
  const { code, out, err } = await run(["check", file]);
  assertEquals([code, err], [0, ""]);
  assertStringIncludes(
    out,
    "T: 4 items from 2026-11-22 19:59:00Z to an end not stated",
  );
  assertStringIncludes(out, "No gateway");
  assertEquals(rows(out), [
    "20:00:00Z 0:30 Second [on now]",
    "20:00:30Z 0:30 (gap)",
    "20:01:00Z 1:00 Open [length not stated]",
    "20:02:00Z 0:05 Last",
  ]);
  assertStringIncludes(out, "The programme ends here");
  const earlier = await run([
    "check",
    file,
    "--at",
    "2026-11-22T19:59:00Z",
    "--days",
    "0.001",
  ]);
  assertEquals(rows(earlier.out), [
    "19:59:00Z 1:00 First [cut by 30.0 s by the next]",
    "20:00:00Z 0:30 Second [on now]",
  ]);
});

Deno.test("check shows a programme that is over, or not begun, from its first item", async () => {
  await using folder = await tempFolder();
  for (
    const [time, word] of [["10:00:00", ", over"], [
      "22:00:00",
      ", not begun yet",
    ]] as const
  ) {
    const file = await folder.write("p.rss", rss1(at(time, 5000)));
    const { out } = await run(["check", file]);
    assertStringIncludes(out, word);
    assertEquals(rows(out), [`${time}Z 0:05 Piece`]);
  }
});

Deno.test("check shows one turn of a rotation", async () => {
  await using folder = await tempFolder();
  const file = await folder.write(
    "p.rss",
    rss1(
      item("<mm:duration>60000</mm:duration>", "http://a.example/a.mp3") +
        item("<mm:duration>90000</mm:duration>", "http://a.example/b.mp3"),
      "<title>T</title><sy:updateBase>2026-11-22T20:00Z</sy:updateBase>",
    ),
  );
  const { out } = await run(["check", file]);
  assertStringIncludes(out, "T: a rotation of 2 items, 2:30 a turn");
  assertStringIncludes(out, "0 of 2 items have a root");
  assertEquals(rows(out), [
    "20:00:00Z 1:00 a.mp3 [on now]",
    "20:01:00Z 1:30 b.mp3",
  ]);
  assertStringIncludes(out, "and so on, for ever");
});

Deno.test("check names each problem with file, line and what to do, and exits with 1 on errors", async () => {
  await using folder = await tempFolder();
  const file = await folder.write(
    "p.rss",
    rss1([
      at("20:00:00", 5000),
      "<item><title>No URL</title></item>",
      at("20:10:00", -5),
      at("19:00:00", 5000),
    ].join("\n")),
  );
  const { code, out, err } = await run(["check", file]);
  assertEquals(code, 1);
  assertMatch(
    out,
    new RegExp(`^${file}:4:\\d+: error: Item has no URL: give it a link`, "m"),
  );
  assertMatch(out, new RegExp(`^${file}:5:\\d+: error: mm:duration "-5"`, "m"));
  assertMatch(
    out,
    new RegExp(`^${file}:6: warning: .*before the one above it`, "m"),
  );
  assertEquals(err, `error: ${file}: The playlist has 2 errors\n`);
});

Deno.test("check tells CHECK_SAME_TOLD_MAX problems of a kind and how many more there are, --json all", async () => {
  await using folder = await tempFolder();
  const count = CHECK_SAME_TOLD_MAX + 5;
  const cut = Array.from(
    { length: count },
    (_, i) => at(`20:${10 + i}:00`, 90_000),
  );
  const file = await folder.write(
    "p.rss",
    rss1([...cut, at(`20:${10 + count}:00`, -5)].join("\n")),
  );
  const { out } = await run(["check", file, "--no-media"]);
  const told = out.split("\n").filter((line) => line.includes("is cut by"));
  assertEquals(
    told.filter((line) => line.includes("warning")).length,
    CHECK_SAME_TOLD_MAX,
  );
  assertStringIncludes(
    out,
    `${file}:${CHECK_SAME_TOLD_MAX + 3}: warning: … and 4 more like these, ` +
      `the last in line ${count + 1}; --json tells of all`,
  );
  assertStringIncludes(out, "error: mm:duration");
  const { problems } = JSON.parse((await run(["check", file, "--json"])).out);
  assertEquals(
    problems.filter(({ code }: { code: string }) => code === "overlap").length,
    count - 1,
  );
});

Deno.test("check exits with 0 where there are warnings alone", async () => {
  await using folder = await tempFolder();
  const file = await folder.write(
    "p.rss",
    rss1(at("20:00:00", 5000) + "\n" + at("19:00:00", 5000)),
  );
  assertEquals((await run(["check", file])).code, 0);
});

Deno.test("check refuses what is no playlist in one line, with its place", async () => {
  await using folder = await tempFolder();
  const cases: [string, RegExp][] = [
    ["", /:1:1: The playlist is empty/],
    ["hello", /:1:1: Cannot read the playlist as XML: /],
    ["<html></html>", /:1:1: Cannot read the playlist: wanted RSS/],
    ["<rss>\n<oops", /:2:\d+: Cannot read the playlist as XML: /],
  ];
  for (const [document, pattern] of cases) {
    const file = await folder.write("p.rss", document);
    const { code, out, err } = await run(["check", file]);
    assertEquals([code, out], [1, ""]);
    assertMatch(err, pattern);
    assertEquals(err.trim().split("\n").length, 1);
    assertStringIncludes(err, file);
  }
  const missing = await run(["check", folder.file("no.rss")]);
  assertEquals([missing.code, missing.err], [
    1,
    `error: ${
      folder.file("no.rss")
    }: Cannot read the playlist: there is no such file\n`,
  ]);
});

Deno.test("check --json gives one document with problems and programme", async () => {
  await using folder = await tempFolder();
  const file = await folder.write(
    "p.rss",
    rss1(at("20:00:00", 5000) + "\n<item/>"),
  );
  const { code, out } = await run(["check", file, "--json"]);
  assertEquals(code, 1);
  const document = JSON.parse(out);
  assertEquals(
    document.problems.map((
      problem: { code: string; line: number },
    ) => [problem.code, problem.line]),
    [["item-without-type", 3], ["item-without-length", 3], [
      "item-without-url",
      4,
    ]],
  );
  assertEquals(document.programme, [{
    kind: "item",
    start: "2026-11-22T20:00:00Z",
    end: "2026-11-22T20:00:05Z",
    lengthMs: 5000,
    cutMs: 0,
    title: "Piece",
    url: "http://radio.example/a.mp3",
  }]);
  const broken = await folder.write("q.rss", "<html/>");
  const refused = await run(["check", broken, "--json"]);
  assertEquals(JSON.parse(refused.out).problems[0].code, "playlist-invalid");
  assertEquals(refused.code, 1);
});

Deno.test("check prints no more than CHECK_ROWS_MAX rows, and says how to see more", async () => {
  await using folder = await tempFolder();
  const file = await folder.write(
    "p.rss",
    rss1(
      item("<mm:duration>1000</mm:duration>", "http://a.example/a.mp3").repeat(
        60,
      ),
    ),
  );
  const short = await run(["check", file]);
  assertEquals(rows(short.out).length, 50);
  assertStringIncludes(short.out, "--days N");
  const long = await run(["check", file, "--days", "1"]);
  assertEquals(rows(long.out).length, 10_080);
  assertStringIncludes(long.out, "--at TIME");
});

Deno.test("check wants a time it can read", async () => {
  const { code, err } = await run(["check", "p.rss", "--at", "tomorrow"]);
  assertEquals(code, 2);
  assertStringIncludes(err, 'Cannot read "tomorrow" of --at as a time');
});

Deno.test("check tells of a clock that is off from the server's", async () => {
  const document = rss1(at("20:00:00", 5000));
  const abort = new AbortController();
  const web = Deno.serve(
    { port: 0, hostname: "127.0.0.1", signal: abort.signal, onListen() {} },
    () =>
      new Response(document, {
        headers: { date: "Sun, 22 Nov 2026 20:01:00 GMT" },
      }),
  );
  const { code, err } = await run([
    "check",
    `http://127.0.0.1:${web.addr.port}/p.rss`,
  ]);
  abort.abort();
  await web.finished;
  assertEquals(code, 0);
  assertStringIncludes(err, "60.5 s behind the server's");
});
