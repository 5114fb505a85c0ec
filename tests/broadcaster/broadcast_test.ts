import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  broadcastFolder,
  type SurveyProgress,
} from "../../lib/broadcaster/mod.ts";
import { AlluviumError } from "../../lib/errors.ts";
import { fromHex } from "../../lib/hashtree/content_id.ts";
import { LeafLayerBuilder } from "../../lib/hashtree/layer.ts";
import { readSidecar } from "../../lib/hashtree/sidecar.ts";
import { parsePlaylist, type Playlist } from "../../lib/playlist/mod.ts";
import { tempFolder } from "../support/temp.ts";
import { age, demoFile, mediaFolder, times } from "./folders.ts";

const BASE = "https://radio.example/music";

async function read(file: string, url: string): Promise<Playlist> {
  return await parsePlaylist((await Deno.open(file)).readable, url);
}

Deno.test("broadcastFolder() makes a rotation of a folder: tags, lengths, roots, sidecars", async () => {
  await using folder = await mediaFolder();
  const result = await broadcastFolder({
    folder: folder.path,
    baseUrl: BASE,
    gateways: ["https://gateway.example/"],
    title: "My station",
  });
  assertEquals([result.written, result.hashed, result.skipped], [true, 2, []]);
  const playlist = await read(
    folder.file("playlist.rss"),
    `${BASE}/playlist.rss`,
  );
  assertEquals([playlist.kind, playlist.title, playlist.problems], [
    "rotation",
    "My station",
    [],
  ]);
  assertEquals(playlist.gateways, ["https://gateway.example/"]);
  assertEquals(
    playlist.items.map(({ url, title, creator, type }) => ({
      url,
      title,
      creator,
      type,
    })),
    [
      {
        url: `${BASE}/a%20%231/%C3%A9%3F.opus`,
        title: "This Is Alluvium",
        creator: "Station ident",
        type: "audio/ogg; codecs=opus",
      },
      {
        url: `${BASE}/b%2010%25.mp3`,
        title: "This Is Alluvium",
        creator: "Station ident",
        type: "audio/mpeg",
      },
    ],
  );
  // Opus without pre-skip and padding; 882 frames of 1,152 samples at 44,100 Hz.
  assertEquals(playlist.items.map(({ durationMs }) => durationMs), [
    23_000,
    23_040,
  ]);
});

Deno.test("broadcastFolder() writes roots and sidecars that are those of the files", async () => {
  await using folder = await mediaFolder();
  const { playlist } = await broadcastFolder({ folder: folder.path });
  const file = folder.file("b 10%.mp3");
  const builder = new LeafLayerBuilder();
  builder.write(await Deno.readFile(file));
  const tree = builder.finish();
  const item = playlist.items[1]!;
  assertEquals([item.length, fromHex(item.root!)], [tree.length, tree.root]);
  const sidecar = readSidecar(
    await Deno.readFile(`${file}.tree`),
    tree.length,
    tree.root,
  );
  assertEquals(sidecar.layer, tree.layer);
});

Deno.test("without a base URL, a playlist works from wherever the folder is served", async () => {
  await using folder = await mediaFolder();
  await broadcastFolder({ folder: folder.path });
  const text = await Deno.readTextFile(folder.file("playlist.rss"));
  assert(!text.includes("file:"));
  const served = await read(
    folder.file("playlist.rss"),
    "http://localhost:8080/x/playlist.rss",
  );
  assertEquals(served.items.map(({ url }) => url), [
    "http://localhost:8080/x/a%20%231/%C3%A9%3F.opus",
    "http://localhost:8080/x/b%2010%25.mp3",
  ]);
});

Deno.test("a playlist may lie elsewhere than its media", async () => {
  await using folder = await mediaFolder();
  await using other = await tempFolder();
  const output = other.file("station.rss");
  const near = await broadcastFolder({ folder: folder.path, output });
  const back = await read(output, near.playlist.url);
  assertEquals(
    back.items.map(({ url }) => url),
    near.playlist.items.map(({ url }) => url),
  );
  const far = await broadcastFolder({
    folder: folder.path,
    output,
    baseUrl: BASE,
  });
  assertEquals(far.playlist.url, `${BASE}/station.rss`);
  const inside = await broadcastFolder({
    folder: folder.path,
    output: folder.file("a #1/p.rss"),
    baseUrl: BASE,
  });
  assertEquals(inside.playlist.url, `${BASE}/a%20%231/p.rss`);
});

Deno.test("with a start, items are laid end to end from it", async () => {
  await using folder = await mediaFolder();
  const startMs = Date.UTC(2026, 10, 22, 20);
  await broadcastFolder({ folder: folder.path, startMs, baseUrl: BASE });
  const playlist = await read(
    folder.file("playlist.rss"),
    `${BASE}/playlist.rss`,
  );
  assertEquals(playlist.kind, "scheduled");
  assertEquals(playlist.items.map((item) => item.startMs), [
    startMs,
    startMs + 23_000,
  ]);
  assertEquals(
    playlist.items[1]?.about,
    `${BASE}/b%2010%25.mp3#2026-11-22T20:00:23Z`,
  );
});

Deno.test("a second run hashes nothing and writes nothing", async () => {
  await using folder = await mediaFolder();
  await broadcastFolder({ folder: folder.path, baseUrl: BASE });
  await age(folder.file("playlist.rss"), 100);
  const before = await times(folder.path);
  // What was known is not measured again: the file's own tags no longer matter.
  const again = await broadcastFolder({ folder: folder.path, baseUrl: BASE });
  assertEquals([again.written, again.hashed], [false, 0]);
  assertEquals(await times(folder.path), before);
  const text = await Deno.readTextFile(folder.file("playlist.rss"));
  await Deno.writeTextFile(
    folder.file("playlist.rss"),
    text.replaceAll("This Is Alluvium", "Known"),
  );
  const known = await broadcastFolder({ folder: folder.path, baseUrl: BASE });
  assertEquals(known.playlist.items.map(({ title }) => title), [
    "Known",
    "Known",
  ]);
});

Deno.test("a file that changed is hashed again, even if its length and time are as before", async () => {
  await using folder = await mediaFolder();
  const first = await broadcastFolder({ folder: folder.path });
  const file = folder.file("b 10%.mp3");
  const bytes = await demoFile("station_ident.mp3");
  bytes[bytes.length - 1]! ^= 1;
  await using other = await tempFolder();
  const copy = await other.write("copy.mp3", bytes);
  await age(copy, 10_000);
  await Deno.rename(copy, file);
  // The new inode's change time tells, though the file claims to be old.
  await age(`${file}.tree`, 1);
  const second = await broadcastFolder({ folder: folder.path });
  assertEquals([second.hashed, second.written], [1, true]);
  assert(first.playlist.items[1]?.root !== second.playlist.items[1]?.root);
});

Deno.test("a broken playlist of the last run is written anew", async () => {
  await using folder = await mediaFolder();
  await folder.write("playlist.rss", "<rss><oops");
  assertEquals((await broadcastFolder({ folder: folder.path })).written, true);
});

Deno.test("a sidecar of the wrong size is made again", async () => {
  await using folder = await mediaFolder();
  await folder.write("b 10%.mp3.tree", "short");
  assertEquals((await broadcastFolder({ folder: folder.path })).hashed, 2);
});

Deno.test("files that cannot be used are left out and told of", async () => {
  await using folder = await mediaFolder();
  await folder.write("c.mp3", "no music at all");
  await folder.write("d.opus", "");
  await folder.write("e.mp3", "<!DOCTYPE html><html>Not found</html>");
  const { skipped, playlist } = await broadcastFolder({ folder: folder.path });
  assertEquals(skipped.map(({ path }) => path), ["c.mp3", "d.opus", "e.mp3"]);
  assertStringIncludes(skipped[1]!.reason, "empty");
  assertStringIncludes(skipped[2]!.reason, "web page");
  assertEquals(playlist.items.length, 2);
});

Deno.test("a folder without media is refused, with the reason", async () => {
  await using folder = await tempFolder();
  const none = await assertRejects(
    () => broadcastFolder({ folder: folder.path }),
    AlluviumError,
    "want MP3, AAC, M4A, Ogg",
  );
  assertEquals([none.code, none.place.file], ["not-found", folder.path]);
  await folder.write("a.mp3", "x");
  await assertRejects(
    () => broadcastFolder({ folder: folder.path }),
    AlluviumError,
    "a.mp3: ",
  );
});

Deno.test("a base URL that is none is refused", async () => {
  await using folder = await mediaFolder();
  for (
    const baseUrl of [
      "radio.example",
      "ftp://radio.example/",
      "https://radio.example/?x",
      "file:///music",
    ]
  ) {
    const error = await assertRejects(
      () => broadcastFolder({ folder: folder.path, baseUrl }),
      AlluviumError,
    );
    assertEquals(error.code, "usage", baseUrl);
  }
});

Deno.test("progress goes from the first byte of the first file to the last of the last", async () => {
  await using folder = await mediaFolder();
  const seen: SurveyProgress[] = [];
  await broadcastFolder({
    folder: folder.path,
    onProgress: (progress) => seen.push(progress),
  });
  assertEquals(
    // Files are hashed side by side: who begins first is chance.
    seen.filter(({ done }) => done === 0).map((
      { path, index, count },
    ) => [path, index, count]).sort(([, a], [, b]) => Number(a) - Number(b)),
    [
      ["a #1/é?.opus", 1, 2],
      ["b 10%.mp3", 2, 2],
    ],
  );
  const last = seen.at(-1)!;
  assertEquals(last.done, last.total);
});

Deno.test("broadcastFolder() stops when it is told to and leaves no draft behind", async () => {
  await using folder = await mediaFolder();
  const abort = new AbortController();
  const reason = new Error("enough");
  const thrown = await broadcastFolder({
    folder: folder.path,
    signal: abort.signal,
    onProgress: ({ index }) => index === 2 && abort.abort(reason),
  }).catch((error) => error);
  assertEquals(thrown, reason);
  const names = Object.keys(await times(folder.path));
  assertEquals(
    names.filter((name) => name.includes(".part") || name === "playlist.rss"),
    [],
  );
});
