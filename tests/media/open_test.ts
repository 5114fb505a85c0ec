import { assert, assertEquals, assertRejects } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import {
  MEDIA_GARBAGE_BYTES_MAX,
  MEDIA_SEARCH_BYTES_MAX,
  MEDIA_TAGS_MAX,
  OGG_LINKS_MAX,
} from "../../lib/limits.ts";
import { concatBytes } from "../../lib/media/bytes.ts";
import { openTrack } from "../../lib/media/open.ts";
import { fromBytes, type RandomAccess } from "../../lib/media/random_access.ts";
import {
  CountingSource,
  encode,
  ffmpeg,
  packetsOf,
  readAll,
  sine,
} from "./support.ts";
import {
  dullBytes,
  id3Tag,
  makeFrames,
  makeOpusPackets,
  noteFrame,
  oggFile,
  seeded,
} from "./synthetic.ts";

const text = (x: string) => new TextEncoder().encode(x);

/** Opens and expects to be refused with these words. */
async function refused(
  bytes: Uint8Array,
  words: string,
  type?: string,
): Promise<void> {
  const error = await assertRejects(
    () => openTrack(fromBytes(bytes), type === undefined ? {} : { type }),
    AlluviumError,
    words,
  );
  assertEquals(error.code, "media-rejected");
}

Deno.test("openTrack() says what a file is that it cannot play", async () => {
  await refused(new Uint8Array(0), "it is empty");
  await refused(
    text("\n<!-- x --><!DOCTYPE html><html>…"),
    "it is a web page (HTML), sent as audio/mpeg, wanted MP3, AAC, Ogg, FLAC, MP4, WebM or MPEG-TS",
    "audio/mpeg",
  );
  await refused(text("<?xml version='1.0'?><rss/>"), "it is XML text");
  await refused(text('{"error": 404}'), "it is JSON text");
  await refused(
    text("fLaC\0\0\0\x22…"),
    "it is FLAC whose STREAMINFO is broken",
  );
  await refused(text("RIFF....WAVEfmt "), "it is WAV");
  await refused(text("\0\0\0\x20ftypM4A "), "it is MP4 without any sound");
  await refused(text("#EXTM3U\n"), "playlist");
  await refused(
    new Uint8Array([0x1a, 0x45, 0xdf, 0xa3]),
    "it has no clusters",
  );
  await refused(new Uint8Array([0xff, 0xf1, 0x50, 0x80]), "no MP3 frames");
  await refused(text("Not Found"), "no MP3 frames and no Ogg pages");
  await refused(new Uint8Array(100_000), "no MP3 frames and no Ogg pages");
  await refused(id3Tag({ TIT2: "x" }, 999), "it holds tags and no sound");
  await refused(
    concatBytes([id3Tag({}, 99), text("RIFF....WAVE")]),
    "it is WAV",
  );
});

Deno.test("openTrack() refuses what has the right container and no sound in it", async () => {
  const note = noteFrame({ frames: 9, bytes: 9 });
  await refused(concatBytes([note, note.subarray(0, 99)]), "no MP3 frames");
  await refused(
    oggFile([makeOpusPackets(5)]).subarray(0, 100),
    "Ogg without any Opus, Vorbis or FLAC sound",
  );
});

Deno.test("openTrack() refuses MPEG layers other than III by their number", async () => {
  // Layer II, 160 kbit/s, 48 kHz: 480 bytes.
  const frame = new Uint8Array(480);
  frame.set([0xff, 0xfd, 0x94, 0x00]);
  await refused(concatBytes(Array(9).fill(frame)), "MPEG audio layer 2");
});

Deno.test("openTrack() believes the content, not the type", async () => {
  const mp3 = concatBytes(makeFrames(10));
  const ogg = oggFile([makeOpusPackets(10)]);
  const one = await openTrack(fromBytes(mp3), { type: "audio/ogg" });
  assertEquals(one.info.codec, "mp3");
  const two = await openTrack(fromBytes(ogg), { type: "audio/mpeg" });
  assertEquals(two.info.codec, "opus");
});

Deno.test("openTrack() finds sound behind rubbish", async () => {
  const rubbish = dullBytes(40_000, seeded(1));
  const frames = makeFrames(10);
  const mp3 = await readAll(concatBytes([rubbish, ...frames]));
  assertEquals(mp3.packets.length, 10);
  const ogg = await readAll(
    concatBytes([rubbish, oggFile([makeOpusPackets(10)])]),
  );
  assertEquals(ogg.packets.length, 10);
});

Deno.test("openTrack() looks for the first sound no further than its limit", async () => {
  const frames = concatBytes(makeFrames(50));
  const file = concatBytes([new Uint8Array(MEDIA_SEARCH_BYTES_MAX), frames]);
  const source = new CountingSource(concatBytes([file, file]));
  await assertRejects(() => openTrack(source), AlluviumError, "no MP3 frames");
  assert(source.bytesFetched <= MEDIA_SEARCH_BYTES_MAX + 16384);
});

Deno.test("openTrack() steps over a picture of 30 MB without reading it", async () => {
  const tag = id3Tag({ TIT2: "Title" }, 30 * 1024 * 1024);
  const frames = makeFrames(100);
  const source = new CountingSource(concatBytes([tag, ...frames]));
  const track = await openTrack(source);
  assertEquals(track.info.title, "Title");
  assertEquals((await packetsOf(track)).length, 100);
  assert(source.bytesFetched < 8 * 16384, `${source.bytesFetched}`);
});

Deno.test("openTrack() steps over as many tags as its limit", async () => {
  const frames = makeFrames(10);
  const tags = Array.from(
    { length: MEDIA_TAGS_MAX + 1 },
    (_, i) => id3Tag({ TIT2: `${i}` }),
  );
  // One more is found by the search all the same; only its text is not read.
  const { track, packets } = await readAll(concatBytes([...tags, ...frames]));
  assertEquals(packets.length, 10);
  assertEquals(track.info.title, "0");
});

Deno.test("openTrack() refuses a time that is none", async () => {
  const source = fromBytes(concatBytes(makeFrames(10)));
  for (const startMs of [-1, NaN, Infinity]) {
    await assertRejects(() => openTrack(source, { startMs }), RangeError);
  }
});

Deno.test("a track goes on behind a hole and fails behind a hole beyond the limit", async () => {
  const frames = makeFrames(20);
  const half = concatBytes(frames.slice(0, 10));
  const rest = concatBytes(frames.slice(10));
  const hole = (bytes: number) =>
    concatBytes([half, new Uint8Array(bytes), rest]);
  assertEquals((await readAll(hole(300_000))).packets.length, 20);
  const track = await openTrack(fromBytes(hole(MEDIA_GARBAGE_BYTES_MAX + 1e6)));
  const error = await assertRejects(
    () => packetsOf(track),
    AlluviumError,
    "no packet in",
  );
  assertEquals(error.code, "media-rejected");
});

Deno.test("openTrack() walks no more links of a chain than its limit", async () => {
  const links = Array.from(
    { length: OGG_LINKS_MAX + 2 },
    (_, i) => makeOpusPackets(60, i),
  );
  const startMs = (OGG_LINKS_MAX + 1) * 1200 - 500;
  const { track, packets } = await readAll(oggFile(links), { startMs });
  assertEquals(packets, []);
  assert(track.startMs < startMs);
});

Deno.test("a file of truncated length plays what there is", async () => {
  const mp3 = concatBytes(makeFrames(50));
  const ogg = oggFile([makeOpusPackets(200)]);
  for (const [file, least] of [[mp3, 24], [ogg, 80]] as const) {
    const { packets } = await readAll(file.subarray(0, file.length / 2));
    assert(packets.length >= least, `${packets.length}`);
  }
});

Deno.test("an abort ends opening and reading with its reason", async () => {
  const file = concatBytes(makeFrames(1000));
  const reason = new Error("enough");
  const slow: RandomAccess = {
    size: file.length,
    read(offset, length, signal) {
      signal?.throwIfAborted();
      return Promise.resolve(file.subarray(offset, offset + length));
    },
  };
  const early = AbortSignal.abort(reason);
  const first = await assertRejects(() => openTrack(slow, { signal: early }));
  assertEquals(first, reason);
  const abort = new AbortController();
  const track = await openTrack(slow, { signal: abort.signal });
  const reader = track.packets.getReader();
  await reader.read();
  abort.abort(reason);
  const second = await assertRejects(async () => {
    while (!(await reader.read()).done);
  });
  assertEquals(second, reason);
});

Deno.test("errors of the source come through as they are", async () => {
  const file = concatBytes(makeFrames(1000));
  const gone = new AlluviumError("media-unreachable", "Cannot reach it");
  const source: RandomAccess = {
    size: file.length,
    read: (offset, length) =>
      offset > 100_000
        ? Promise.reject(gone)
        : Promise.resolve(file.subarray(offset, offset + length)),
  };
  const track = await openTrack(source);
  assertEquals(await assertRejects(() => packetsOf(track)), gone);
});

Deno.test({
  name: "openTrack() plays an Ogg file with a large picture in its comments",
  ignore: ffmpeg.ignore,
  async fn() {
    const picture = btoa("x".repeat(1_500_000));
    const plain = await encode(
      "opus",
      ...sine(1, { rate: 48000 }),
      ...["-c:a", "libopus", "-metadata", "title=T"],
    );
    const { track, packets } = await readAll(plain);
    const tags = track.info.headers[1]!;
    const { writePages } = await import("../../lib/media/ogg/page.ts");
    const { parseComments, writeComments } = await import(
      "../../lib/media/ogg/comments.ts"
    );
    const comments = parseComments(tags, 8);
    comments.fields.push(`METADATA_BLOCK_PICTURE=${picture}`);
    const large = concatBytes([text("OpusTags"), writeComments(comments)]);
    const place = { serial: 1, sequence: 0 };
    const head = { data: track.info.headers[0]!, granule: 0 };
    const first = writePages([head], { ...place, first: true });
    const second = writePages([{ data: large, granule: 0 }], {
      ...place,
      sequence: 1,
    });
    const sound = writePages(
      packets.map((x, i) => ({ data: x.data, granule: (i + 1) * 960 })),
      { ...place, sequence: 1 + second.pages, last: true },
    );
    const file = concatBytes([first.bytes, second.bytes, sound.bytes]);
    const found = await readAll(file);
    assertEquals(found.track.info.title, "T");
    assertEquals(found.packets.length, packets.length);
  },
});
