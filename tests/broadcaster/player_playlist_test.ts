import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { broadcastFolder } from "../../lib/broadcaster/mod.ts";
import { playerFiles } from "../../lib/broadcaster/player_files.ts";
import {
  isPlayerPlaylist,
  readPlayerPlaylist,
} from "../../lib/broadcaster/player_playlist.ts";
import { AlluviumError } from "../../lib/errors.ts";
import { PLAYER_PLAYLIST_BYTES_MAX } from "../../lib/limits.ts";
import { mediaFolder } from "./folders.ts";
import { tempFolder } from "../support/temp.ts";

const read = (text: string) =>
  readPlayerPlaylist(new TextEncoder().encode(text), "list");

Deno.test("M3U, PLS and XSPF say the same", async () => {
  const wanted = [
    { location: "a b.mp3", title: "A & B", durationMs: 61_000 },
    { location: "https://x.example/c.ogg" },
  ];
  const m3u =
    "\ufeff#EXTM3U\r\n#EXTINF:61 tvg-id=x,A & B\r\na b.mp3\r\n\r\n#EXTINF:-1,\r\nhttps://x.example/c.ogg\r\n";
  const pls =
    "[playlist]\nNumberOfEntries=2\nFile2=https://x.example/c.ogg\nLength2=-1\nFile1=a b.mp3\nTitle1=A & B\nLength1=61\n";
  const xspf =
    `<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList>
    <track><location>a b.mp3</location><title>A &amp; B</title><duration>61000</duration></track>
    <track><location>https://x.example/c.ogg</location></track></trackList></playlist>`;
  for (const text of [m3u, pls, xspf]) assertEquals(await read(text), wanted);
  assertEquals(
    ["a.M3U8", "a.pls", "a.xspf", "a.m3u.txt"].map(isPlayerPlaylist),
    [true, true, true, false],
  );
});

Deno.test("an old M3U is Latin-1", async () => {
  const bytes = new Uint8Array([
    0x63,
    0x61,
    0x66,
    0xe9,
    0x2e,
    0x6d,
    0x70,
    0x33,
  ]);
  assertEquals(await readPlayerPlaylist(bytes, "x.m3u"), [
    { location: "café.mp3" },
  ]);
});

Deno.test("XML of another kind is refused", async () => {
  const error = await assertRejects(() => read("<rss/>"), AlluviumError);
  assertEquals(error.code, "playlist-invalid");
});

Deno.test("any bytes are a list or one of our errors", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array(),
        fc.string().map((text) => new TextEncoder().encode(`<${text}`)),
      ),
      async (bytes) => {
        try {
          await readPlayerPlaylist(bytes, "list");
        } catch (error) {
          if (!(error instanceof AlluviumError)) throw error;
        }
      },
    ),
  );
});

Deno.test("a list past PLAYER_PLAYLIST_BYTES_MAX is refused", async () => {
  await using folder = await tempFolder();
  const list = await folder.write(
    "a.m3u",
    new Uint8Array(PLAYER_PLAYLIST_BYTES_MAX + 1),
  );
  const error = await assertRejects(
    () => playerFiles(list, folder.path),
    AlluviumError,
  );
  assertEquals(error.code, "playlist-too-large");
});

Deno.test("a list becomes a station in its own order, files twice if it says so", async () => {
  await using folder = await mediaFolder();
  const list = await folder.write(
    "mix.m3u",
    [
      "b 10%.mp3",
      "a #1\\é?.opus",
      folder.file("b 10%.mp3"),
      "#EXTINF:30,Far away",
      "https://other.example/x.mp3",
      "none.mp3",
      "https://other.example/y.mp3",
      "/etc/passwd.mp3",
      "notes.txt",
      "ftp://x/y.mp3",
    ].join("\n"),
  );
  const { playlist, hashed, skipped } = await broadcastFolder({
    folder: folder.path,
    list,
    baseUrl: "https://radio.example/",
  });
  assertEquals(hashed, 2);
  assertEquals(playlist.items.map(({ url }) => url), [
    "https://radio.example/b%2010%25.mp3",
    "https://radio.example/a%20%231/%C3%A9%3F.opus",
    "https://radio.example/b%2010%25.mp3",
    "https://other.example/x.mp3",
  ]);
  assertEquals(playlist.items[3]!.durationMs, 30_000);
  assertEquals(skipped.map(({ path }) => path), [
    "none.mp3",
    "https://other.example/y.mp3",
    "/etc/passwd.mp3",
    "notes.txt",
    "ftp://x/y.mp3",
  ]);
});
