import { assert, assertEquals, assertRejects } from "@std/assert";
import { runProgramme } from "../../lib/broadcaster/mod.ts";
import { AlluviumError } from "../../lib/errors.ts";
import { OCCURRENCES_MAX } from "../../lib/limits.ts";
import { parsePlaylist, type Playlist } from "../../lib/playlist/mod.ts";
import { Programme } from "../../lib/schedule/mod.ts";
import { type TempFolder, tempFolder } from "../support/temp.ts";
import { demoFile, times } from "./folders.ts";

const NOON = Date.UTC(2026, 10, 22, 12);
const HOUR = 3_600_000;

const STATION = `# Mine
title = "Station"
base-url = "https://radio.example/music/"
gateways = ["https://gateway.example/"]
horizon-days = 1
refresh-seconds = 5
[fill]
folder = "music"  # all of it
[[event]]
name = "News"
file = "news.mp3"
cron = "0 * * * *"
`;

/** A folder of five short files and a programme file. */
async function station(text = STATION): Promise<TempFolder> {
  const folder = await tempFolder();
  const mp3 = await demoFile("station_ident.mp3");
  for (const name of ["a", "b", "c", "d"]) {
    await folder.write(`music/${name}.mp3`, mp3);
  }
  await folder.write("news.mp3", mp3);
  await folder.write("station.toml", text);
  return folder;
}

function run(folder: TempFolder, nowMs: number, more = {}) {
  return runProgramme({ file: folder.file("station.toml"), nowMs, ...more });
}

async function read(folder: TempFolder): Promise<Playlist> {
  const { readable } = await Deno.open(folder.file("playlist.rss"));
  return await parsePlaylist(
    readable,
    "https://radio.example/music/playlist.rss",
  );
}

/** The items that begin before a time. */
function until(playlist: Playlist, ms: number) {
  return playlist.items.filter(({ startMs }) => startMs! < ms)
    .map(({ url, startMs }) => `${startMs} ${url}`);
}

Deno.test("a programme file becomes a playlist without a hole, news on its second", async () => {
  await using folder = await station();
  const result = await run(folder, NOON - 500);
  assertEquals([
    result.written,
    result.hashed,
    result.problems.map((p) => p.code),
  ], [
    true,
    5,
    ["loose-fit"], // Four files of one length end nothing on time.
  ]);
  const playlist = await read(folder);
  assertEquals([playlist.title, playlist.kind, playlist.problems], [
    "Station",
    "scheduled",
    [],
  ]);
  assertEquals(playlist.gateways, ["https://gateway.example/"]);
  assertEquals(playlist.updateIntervalMs, 5000);
  assert(playlist.items.every(({ root, length }) => root && length));
  const news = playlist.items.filter(({ url }) => url.endsWith("/news.mp3"));
  assertEquals(
    news.map(({ startMs }) => startMs),
    Array.from({ length: 24 }, (_, i) => NOON + i * HOUR),
  );
  let at = NOON;
  for (const slot of new Programme(playlist).slotsFrom(NOON)) {
    if (slot.endMs === Infinity) break;
    assertEquals([slot.kind, slot.startMs], ["item", at]);
    at = slot.endMs;
  }
  assert(at >= NOON - 500 + 24 * HOUR);
});

Deno.test("what is unchanged stays to the byte, and grows at its end as time passes", async () => {
  await using folder = await station();
  await run(folder, NOON);
  const first = await read(folder);
  const before = await times(folder.path);
  const again = await run(folder, NOON);
  assertEquals([again.written, again.hashed], [false, 0]);
  assertEquals(await times(folder.path), before);
  const later = await run(folder, NOON + 5 * HOUR);
  assertEquals(later.kept, first.items.length);
  const second = await read(folder);
  assertEquals(until(second, NOON + 24 * HOUR), until(first, NOON + 24 * HOUR));
  assert(later.endMs >= NOON + 29 * HOUR);
});

Deno.test("a changed programme leaves what is on the air and next, and nothing more", async () => {
  await using folder = await station();
  await run(folder, NOON);
  const first = await read(folder);
  await folder.write(
    "station.toml",
    STATION.replace('"0 * * * *"', '"30 * * * *"'),
  );
  const nowMs = NOON + 10 * 60_000 + 1234;
  await run(folder, nowMs);
  const second = await read(folder);
  const on = first.items.findIndex(({ startMs }) => startMs! > nowMs);
  const kept = first.items[on]!.startMs! + 1;
  assertEquals(until(second, kept), until(first, kept));
  const starts = second.items.filter(({ url }) => url.endsWith("news.mp3"))
    .map(({ startMs }) => (startMs! - NOON) / 60_000);
  assertEquals(starts.slice(0, 3), [0, 30, 90]);
});

Deno.test("told to, it changes what is on the air as well", async () => {
  await using folder = await station();
  await run(folder, NOON);
  await folder.write(
    "station.toml",
    STATION.replace('"0 * * * *"', '"10 20 12 * * *"'),
  );
  const nowMs = NOON + 20 * 60_000 + 9500;
  await run(folder, nowMs, { changeAll: true });
  const { items } = await read(folder);
  const news = items.filter(({ url }) => url.endsWith("news.mp3"));
  assertEquals(news.map(({ startMs }) => startMs), [NOON, NOON + 1_210_000]);
});

Deno.test("what is long over leaves the playlist, but not the memory", async () => {
  await using folder = await station(
    STATION.replace("[fill]", "keep-days = 0\n[fill]"),
  );
  await run(folder, NOON);
  await run(folder, NOON + 12 * HOUR);
  const { items } = await read(folder);
  assert(items[0]!.startMs! <= NOON + 12 * HOUR);
  assert(items[1]!.startMs! > NOON + 12 * HOUR);
  const state = JSON.parse(
    await Deno.readTextFile(folder.file(".alluvium-programme.json")),
  );
  assert(state.past.length >= 5);
});

Deno.test("a programme that ran dry goes on now; a file that went away stays on the air", async () => {
  await using folder = await station();
  await run(folder, NOON);
  const first = await read(folder);
  await Deno.remove(folder.file("music/a.mp3"));
  await run(folder, NOON + 1000);
  const second = await read(folder);
  assertEquals(
    until(second, NOON + 20_000).slice(0, 1),
    until(first, NOON + 20_000).slice(0, 1),
  );
  const dry = NOON + 40 * HOUR + 300;
  await run(folder, dry);
  const third = await read(folder);
  assert(third.items.some(({ startMs }) => startMs === dry + 700));
});

Deno.test("a playlist with addresses of its own folder is one without a base URL", async () => {
  await using folder = await station(STATION.replace(/^base-url.*$/m, ""));
  await run(folder, NOON);
  const text = await Deno.readTextFile(folder.file("playlist.rss"));
  assert(text.includes("<link>music/"));
});

Deno.test("a block may play a player's playlist, in its order", async () => {
  await using folder = await station(
    `time-zone = "UTC"\nhorizon-days = 1\n[fill]\nplaylist = "mix.m3u"\nlast = "cut"\n`,
  );
  await folder.write("mix.m3u", "music/c.mp3\nmusic/a.mp3\n../x.mp3\n");
  const result = await run(folder, NOON);
  assertEquals(result.skipped.map(({ path }) => path), ["../x.mp3"]);
  assertEquals(
    result.playlist.items.slice(0, 3).map(({ url }) => url.slice(-5)),
    ["c.mp3", "a.mp3", "c.mp3"],
  );
});

Deno.test("without its memory, what is on the air and next stays all the same", async () => {
  await using folder = await station();
  await run(folder, NOON);
  const first = await read(folder);
  await Deno.remove(folder.file(".alluvium-programme.json"));
  const nowMs = NOON + 10 * 60_000 + 1234;
  const again = await run(folder, nowMs);
  assertEquals(again.hashed, 0);
  const on = first.items.findIndex(({ startMs }) => startMs! > nowMs);
  const kept = first.items[on]!.startMs! + 1;
  assertEquals(until(await read(folder), kept), until(first, kept));
});

Deno.test("what is wrong is told with its place", async () => {
  await using folder = await station("[fill]\nfoldr = 'a'");
  const error = await assertRejects(() => run(folder, NOON), AlluviumError);
  assertEquals([error.code, error.place.line], ["programme-file", 1]);
  const missing = await assertRejects(
    () => runProgramme({ file: folder.file("none.toml"), nowMs: NOON }),
    AlluviumError,
  );
  assertEquals(missing.code, "not-found");
});

Deno.test("the filler that a programme file names is told of, and is no music", async () => {
  await using folder = await station(
    STATION.replace("[fill]", 'filler = "music/d.mp3"\n[fill]'),
  );
  await run(folder, NOON);
  const playlist = await read(folder);
  const url = "https://radio.example/music/music/d.mp3";
  assertEquals(playlist.filler?.url, url);
  assertEquals(playlist.filler?.about, `${url}#filler`);
  assertEquals(playlist.filler?.startMs, undefined);
  assert(playlist.filler?.root !== undefined);
  assertEquals(playlist.problems, []);
  assert(playlist.items.every((item) => item.url !== url));
  const again = await run(folder, NOON);
  assertEquals([again.hashed, again.written], [0, false]);
});

Deno.test("a filler that is not there is told of, and gaps are silent", async () => {
  await using folder = await station(
    STATION.replace("[fill]", 'filler = "none.mp3"\n[fill]'),
  );
  const { skipped } = await run(folder, NOON);
  assertEquals(skipped.map(({ path }) => path), ["none.mp3"]);
  assertEquals((await read(folder)).filler, undefined);
});

Deno.test("a folder that holds nothing does not silence a station that is on", async () => {
  await using folder = await station();
  await run(folder, NOON);
  const before = await read(folder);
  const broken = STATION.replace('folder = "music"', 'folder = "musik"')
    .replace(/\[\[event\]\][^]*/, "");
  await folder.write("station.toml", broken);
  const error = await assertRejects(
    () => run(folder, NOON + HOUR),
    AlluviumError,
    "nothing would play: fill: musik holds no media",
  );
  assertEquals(error.place.file, folder.file("station.toml"));
  assertEquals((await read(folder)).items, before.items);
});

Deno.test("a programme of gaps is filled as soon as the file is mended", async () => {
  await using folder = await station();
  await run(folder, NOON);
  const onlyNews = STATION.replace('folder = "music"', 'folder = "musik"');
  await folder.write("station.toml", onlyNews);
  await run(folder, NOON + HOUR);
  await folder.write("station.toml", STATION);
  await run(folder, NOON + HOUR + 60_000);
  const playlist = await read(folder);
  const programme = new Programme(playlist);
  for (let at = NOON + 65 * 60_000; at < NOON + 20 * HOUR; at += 100_000) {
    assertEquals(programme.slotAt(at).kind, "item", new Date(at).toISOString());
  }
});

Deno.test("a recurrence past OCCURRENCES_MAX is refused, with the file and its line", async () => {
  await using folder = await station(
    `horizon-days = 2\n${STATION.replace("horizon-days = 1", "")}`
      .replace('"0 * * * *"', '"* * * * * *"'),
  );
  const { code, place } = await assertRejects(
    () => run(folder, NOON),
    AlluviumError,
    `happens more than ${OCCURRENCES_MAX} times`,
  );
  assertEquals([code, place.file, place.field, place.line], [
    "programme-file",
    folder.file("station.toml"),
    "cron",
    10,
  ]);
});

Deno.test("what the programme file says of the station is what its listeners are told", async () => {
  await using folder = await station(`title = "Mine"
description = "All of it"
link = "https://radio.example/about"
time-zone = "Europe/Vienna"
start = 2026-11-22T14:30:00
${STATION.replace(/^(title|time-zone).*$/gm, "")}`);
  await run(folder, NOON);
  const playlist = await read(folder);
  assertEquals(
    [playlist.title, playlist.description, playlist.link],
    ["Mine", "All of it", "https://radio.example/about"],
  );
  assertEquals(playlist.updateIntervalMs, 5000);
  const startMs = Date.UTC(2026, 10, 22, 13, 30);
  assert(startMs > NOON);
  assertEquals(playlist.items[0]!.startMs, startMs);
});
