import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { mediaFolder } from "../broadcaster/folders.ts";
import { WATCH_QUIET_MS } from "../../lib/limits.ts";
import { FakeClock, settle } from "../support/fakeclock.ts";
import { EVENING_MS, run } from "./playlist_commands.ts";

Deno.test("broadcast makes a rotation, says so, and finds nothing to do the next time", async () => {
  await using folder = await mediaFolder();
  await folder.write("broken.mp3", "no music");
  const first = await run(["broadcast", folder.path, "--title", "My station"]);
  assertEquals(first.code, 0);
  assertStringIncludes(first.out, `Wrote: ${folder.file("playlist.rss")}\n`);
  assertStringIncludes(
    first.out,
    "A rotation of 2 items, 0:46 in all\n2 hashed, 0 known before\n",
  );
  assertMatch(first.err, /^warn: Left out broken\.mp3: .*\n$/);
  const second = await run(["broadcast", folder.path, "--title", "My station"]);
  assertMatch(second.out, /^Unchanged: /);
  const checked = await run(["check", folder.file("playlist.rss")]);
  assertEquals(checked.code, 0);
  assertStringIncludes(checked.out, "My station: a rotation of 2 items");
  assertStringIncludes(checked.out, "Every item has its root");
});

Deno.test("broadcast --start lays the files end to end, on a whole second", async () => {
  await using folder = await mediaFolder();
  const args = [
    "broadcast",
    folder.path,
    "--start",
    "2026-11-22T21:00:00.5+01:00",
    "--base-url",
    "https://radio.example/music",
    "--gateway",
    "https://gateway.example",
    "-o",
    folder.file("evening.rss"),
  ];
  const { code, out } = await run(args);
  assertEquals(code, 0);
  assertStringIncludes(out, "2 items from 2026-11-22 20:00:01Z, 0:46 in all");
  const text = await Deno.readTextFile(folder.file("evening.rss"));
  assertStringIncludes(
    text,
    `rdf:about="https://radio.example/music/evening.rss"`,
  );
  assertStringIncludes(text, `rdf:resource="https://gateway.example/"`);
  assertStringIncludes(
    text,
    "<ev:startdate>2026-11-22T20:00:01Z</ev:startdate>",
  );
  const now = await run(["broadcast", folder.path, "--start", "now", "--json"]);
  assertEquals(JSON.parse(now.out), {
    file: folder.file("playlist.rss"),
    url: new URL(`file://${folder.file("playlist.rss")}`).href,
    kind: "scheduled",
    items: 2,
    durationMs: 46_040,
    written: true,
    hashed: 0,
    skipped: [],
    withoutTree: [],
  });
});

Deno.test("broadcast says what is wrong with its options", async () => {
  await using folder = await mediaFolder();
  const cases: [string[], RegExp][] = [
    [["--start", "soon"], /--start as a time/],
    [["--base-url", "radio.example"], /as base URL: want/],
    [["--gateway", "gateway.example"], /as gateway: want/],
  ];
  for (const [args, pattern] of cases) {
    const { code, err } = await run(["broadcast", folder.path, ...args]);
    assertEquals(code, 2);
    assertMatch(err, pattern);
  }
  const missing = await run(["broadcast", folder.file("none")]);
  assertEquals(missing.code, 1);
  assertStringIncludes(missing.err, "there is no such folder");
});

Deno.test("broadcast tells of files that listeners cannot play yet", async () => {
  await using folder = await mediaFolder();
  // A WAV file of half a second: 44 bytes of head, then silence.
  const wav = new Uint8Array(44 + 8000);
  const view = new DataView(wav.buffer);
  const text = (at: number, word: string) =>
    wav.set(new TextEncoder().encode(word), at);
  text(0, "RIFF");
  view.setUint32(4, 36 + 8000, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, 8000, true);
  view.setUint32(28, 16_000, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 8000, true);
  await folder.write("c.wav", wav);
  const { code, out, err } = await run(["broadcast", folder.path, "--json"]);
  assertEquals([code, JSON.parse(out).durationMs], [0, 46_540]);
  assertStringIncludes(
    err,
    "1 file is in the playlist that listeners cannot play yet: audio/wav",
  );
});

Deno.test("broadcast --init writes a programme file, which broadcast then follows", async () => {
  await using folder = await mediaFolder();
  const init = await run([
    "broadcast",
    folder.path,
    "--init",
    "--title",
    "Mine",
    "--time-zone",
    "Europe/Vienna",
  ]);
  assertEquals(init.code, 0, init.err);
  assertStringIncludes(init.out, `Wrote: ${folder.file("station.toml")}`);
  const text = await Deno.readTextFile(folder.file("station.toml"));
  assertStringIncludes(text, 'time-zone = "Europe/Vienna"');
  const { code, out } = await run(["broadcast", folder.path]);
  assertEquals(code, 0);
  assertMatch(out, /items from 2026-11-22 20:00:00Z/);
  assertMatch(out, /Laid out until 2026-11-29 20:0/);
  const same = await run(["broadcast", folder.path, "--init"]);
  assertStringIncludes(same.out, "Unchanged: ");
  const again = await run([
    "broadcast",
    folder.path,
    "--init",
    "--base-url",
    "https://radio.example/",
  ]);
  assertStringIncludes(again.out, "Changed: ");
  assertEquals(
    await Deno.readTextFile(folder.file("station.toml")),
    text.replace('base-url = ""', 'base-url = "https://radio.example/"'),
  );
  const checked = await run(["check", folder.file("playlist.rss"), "--json"]);
  assertEquals(JSON.parse(checked.out).title, "Mine");
});

Deno.test("broadcast --init writes over nothing that it cannot read", async () => {
  await using folder = await mediaFolder();
  await Deno.mkdir(folder.file("station.toml"));
  const { code, err } = await run(["broadcast", folder.path, "--init"]);
  assertEquals(code, 1);
  assertStringIncludes(err, "Cannot read the programme file: ");
});

Deno.test("broadcast makes a station of a player's playlist in one command", async () => {
  await using folder = await mediaFolder();
  const list = await folder.write("mix.m3u", "b 10%.mp3\nnone.mp3\n");
  const { code, out, err } = await run(["broadcast", list]);
  assertEquals(code, 0);
  assertStringIncludes(out, `Wrote: ${folder.file("playlist.rss")}`);
  assertStringIncludes(out, "A rotation of 1 item,");
  assertStringIncludes(
    err,
    "Left out none.mp3: Cannot use the file: there is no such file",
  );
});

Deno.test("broadcast tells what is wrong in a programme file, with its line", async () => {
  await using folder = await mediaFolder();
  const file = await folder.write("station.toml", "[fill]\nfolder = 1\n");
  const { code, err } = await run(["broadcast", file]);
  assertEquals(code, 1);
  assertStringIncludes(err, `${file}:2:10: Cannot use the programme file`);
  await folder.write(
    "station.toml",
    `[fill]\nfolder = ""\n[[event]]\nname = "News"\nfile = "none.mp3"\ncron = "0 * * * *"\n`,
  );
  const told = await run(["broadcast", file]);
  assertEquals(told.code, 0);
  assertMatch(
    told.err,
    /warn: News: none\.mp3 holds no media: put some there \(2026-11-22 20:00:00Z, and 16\d times more\)/,
  );
});

Deno.test("broadcast --watch follows what came while it was at work, warns once, and goes on until it is ended", async () => {
  await using folder = await mediaFolder();
  await folder.write("broken.mp3", "no music");
  const late = await Deno.readFile(folder.file("b 10%.mp3"));
  const end = new AbortController();
  const clock = new FakeClock(EVENING_MS);
  let isOver = false;
  let [out, err] = ["", ""];
  const running = run(["broadcast", folder.path, "--watch"], {
    clock,
    signal: end.signal,
    writeOut: (text) => void (out += text),
    writeErr(text) {
      // The first run has looked through the folder, and nobody watches yet.
      if (err === "") Deno.writeFileSync(folder.file("late.mp3"), late);
      err += text;
    },
  }).finally(() => isOver = true);
  while (!out.includes("of 3 items") && !isOver) {
    await settle();
    if (err.includes("Watching")) await clock.advance(WATCH_QUIET_MS);
  }
  end.abort();
  assertEquals((await running).code, 130);
  assertEquals(err.match(/broken/g)?.length, 1, err);
  assertEquals(out.match(/Wrote: /g)?.length, 2, out);
  assertEquals(out.match(/Addresses are relative/g)?.length, 1, out);
  const { code, err: told } = await run(["broadcast", "/none", "--watch"]);
  assertEquals([code, told], [
    1,
    "error: /none: Cannot watch the folder: there is no such folder\n",
  ]);
});

Deno.test("broadcast --server prints lines, and knows four servers", async () => {
  for (const name of ["nginx", "apache", "caddy", "lighttpd"]) {
    const { code, out } = await run(["broadcast", "--server", name]);
    assertEquals(code, 0);
    assertStringIncludes(out, "application/x-alluvium");
    assertStringIncludes(out, "Access-Control-Allow-Origin");
  }
  const wrong = await run(["broadcast", "--server", "iis"]);
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.err, "want nginx, apache, caddy, lighttpd");
  assertEquals((await run(["broadcast"])).code, 2);
});

Deno.test("broadcast tells of a .tree that it cannot write, and of a playlist that is large", async () => {
  await using folder = await mediaFolder();
  await folder.write("b 10%.mp3.tree/full", "of something");
  await folder.write(
    "station.toml",
    `horizon-days = 15\n[fill]\nfolder = ""\nlast = "cut"\n`,
  );
  const { code, err } = await run(["broadcast", folder.path]);
  assertEquals(code, 0);
  assertMatch(err, /warn: No \.tree for b 10%\.mp3: Cannot write the file/);
  assertMatch(err, /warn: The playlist has 5\d{4} items, and every listener/);
});
