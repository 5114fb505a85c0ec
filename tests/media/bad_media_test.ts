/**
 * What people put on their web servers: cut off, mislabelled, patched together.
 * Each plays what there is, or is refused in one sentence.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import {
  FLAC_BLOCKS_MAX,
  FLAC_FRAME_BYTES_MAX,
  MEDIA_INDEX_BYTES_MAX,
} from "../../lib/limits.ts";
import { concatBytes } from "../../lib/media/bytes.ts";
import { createMountWriters } from "../../lib/media/mount.ts";
import { openTrack } from "../../lib/media/open.ts";
import { kindOf } from "../../lib/media/pairing.ts";
import { fromBytes, type RandomAccess } from "../../lib/media/random_access.ts";
import { CONTAINER_FILES, withCover } from "./container_files.ts";
import { type Act, hurt } from "./fuzzing.ts";
import { makeMedia } from "./streams.ts";
import {
  bytesOf,
  CountingSource,
  encode,
  ffmpeg,
  hear,
  readAll,
  sine,
} from "./support.ts";
import { id3Tag } from "./synthetic.ts";

/** Plays all of it into every mount of its kind. */
async function play(bytes: Uint8Array) {
  const { track, packets } = await readAll(bytes);
  const streams = createMountWriters(kindOf(track.info)).map((writer) => ({
    extension: writer.extension,
    bytes: bytesOf([
      ...writer.begin(track.info),
      ...packets.flatMap((packet) => writer.write(packet)),
      ...writer.end(),
    ]),
  }));
  return { track, packets, streams };
}

for (const [name, file] of Object.entries(CONTAINER_FILES)) {
  Deno.test(`${name} that is cut off plays what there is, or says why not`, async () => {
    const whole = (await readAll(file)).packets.length;
    for (const share of [0.2, 0.5, 0.9]) {
      const cut = file.subarray(0, Math.floor(file.length * share));
      let count = 0;
      try {
        const track = await openTrack(fromBytes(cut));
        for await (const _ of track.packets) count++;
      } catch (error) {
        assert(error instanceof AlluviumError, String(error));
        assertEquals(error.code, "media-rejected");
      }
      // An MP4 whose index stood at its end has none.
      const isIndexed = name.includes("MP4") && name !== "MP4 in fragments";
      const least = isIndexed ? 0 : Math.floor(whole * share * 0.7);
      assert(count >= least, `${share}: ${count} of ${whole}`);
    }
  });

  Deno.test(`${name} is found whatever type it claims`, async () => {
    const wrong = await openTrack(fromBytes(file), { type: "image/png" });
    await wrong.packets.cancel();
    assert(wrong.info.channels === 2);
  });
}

Deno.test("ADTS behind a picture of 30 MB, and with rubbish between frames, plays", async () => {
  const file = CONTAINER_FILES["ADTS"]!;
  const tag = id3Tag({ TIT2: "Title" }, 30 * 1024 * 1024);
  const half = file.length >> 1;
  const rubbish = new Uint8Array(5000).fill(0xff);
  const parts = [tag, file.subarray(0, half), rubbish, file.subarray(half)];
  const { track, packets } = await readAll(concatBytes(parts));
  assertEquals(track.info.title, "Title");
  assert(packets.length >= 396, `${packets.length} of 400`);
});

Deno.test("of an M4A with a cover of 30 MB, and of 70 MB, only the rest is fetched", async () => {
  const plain = CONTAINER_FILES["MP4"]!;
  const wanted = (await readAll(plain)).packets;
  for (const bytes of [30e6, 70e6]) {
    for (const startMs of [0, 5000]) {
      const source = new CountingSource(withCover(plain, bytes));
      const track = await openTrack(source, { startMs });
      const packets = await Array.fromAsync(track.packets);
      assertEquals(track.info.title, "Title");
      assertEquals(packets.at(-1), wanted.at(-1));
      const fetched = source.bytesFetched;
      assert(fetched < plain.length + 100_000, `${fetched}`);
    }
  }
});

Deno.test("a file that has only an index is refused, and one of length 0", async () => {
  const mp4 = CONTAINER_FILES["MP4"]!;
  for (const bytes of [mp4.subarray(0, 32), new Uint8Array(0)]) {
    const error = await assertRejects(
      () => openTrack(fromBytes(bytes)),
      AlluviumError,
    );
    assertEquals(error.code, "media-rejected");
  }
});

Deno.test("an index of no end is given up at its limit", async () => {
  // A box that claims to be the index and as long as the file.
  const head = CONTAINER_FILES["MP4"]!.slice(0, 32);
  const size = MEDIA_INDEX_BYTES_MAX * 4;
  let read = 0;
  const source: RandomAccess = {
    size,
    read(offset, length) {
      const bytes = new Uint8Array(Math.min(length, size - offset));
      read += bytes.length;
      if (offset < head.length) {
        bytes.set(head.subarray(offset, offset + bytes.length));
      }
      const at = 32 - offset;
      if (at >= 0 && at + 16 <= bytes.length) {
        new DataView(bytes.buffer).setUint32(at, size - 32);
        bytes.set(new TextEncoder().encode("moov"), at + 4);
      }
      return Promise.resolve(bytes);
    },
  };
  await assertRejects(() => openTrack(source), AlluviumError);
  assert(read <= MEDIA_INDEX_BYTES_MAX + 1e6, `${read}`);
});

Deno.test("FLAC with too many blocks, or a frame without an end, ends within its limits", async () => {
  const file = CONTAINER_FILES["FLAC"]!;
  const open = file.slice(0, 42);
  open[4] = 0;
  const padding = new Uint8Array([1, 0, 0, 0]);
  const blocks = Array.from({ length: FLAC_BLOCKS_MAX + 9 }, () => padding);
  const many = concatBytes([open, ...blocks, file.subarray(42)]);
  assertEquals((await readAll(many)).packets.length, 200);
  const frame = file.subarray(42, 52);
  const endless = concatBytes([
    file.subarray(0, 42),
    frame,
    new Uint8Array(FLAC_FRAME_BYTES_MAX + 100_000),
    file.subarray(42),
  ]);
  assert((await readAll(endless)).packets.length >= 199);
});

/** Damage that once sent a reader round in circles or past the end. */
const FOUND: [string, Act[], number][] = [
  [
    "WebM",
    [{
      kind: "overwrite",
      at: 0.8376583685905873,
      length: 24_491,
      seed: 1_097_277_421,
    }],
    5488,
  ],
  ["FLAC", [{ kind: "copy", at: 0, length: 4, seed: 0 }], 0],
];

for (const [name, acts, startMs] of FOUND) {
  Deno.test(`damage to ${name} that was found by fuzzing is survived`, async () => {
    const source = fromBytes(acts.reduce(hurt, CONTAINER_FILES[name]!));
    try {
      const track = await openTrack(source, { startMs });
      await Array.fromAsync(track.packets);
    } catch (error) {
      assert(error instanceof AlluviumError, String(error));
    }
  });
}

/** Container, codec, ffmpeg's words. */
const SILENT_FILMS: [string, string, string][] = [
  ["mp4", "h264", "-c:v libx264 -preset veryfast -bf 3 -g 25"],
  ["mkv", "h264", "-c:v libx264 -preset veryfast -bf 3 -g 25"],
  ["ts", "h264", "-c:v libx264 -preset veryfast -bf 3 -g 25"],
  ["webm", "vp9", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 25"],
];

/** Name, and what it is made with. */
const ODD: [string, string, string[]][] = [
  ["8 kHz mono", "m4a", ["-c:a", "aac", "-ar", "8000", "-ac", "1"]],
  ["96 kHz", "m4a", ["-c:a", "aac", "-ar", "96000"]],
  ["192 kHz", "flac", ["-c:a", "flac", "-ar", "192000"]],
  ["5.1", "m4a", ["-c:a", "aac", "-ac", "6"]],
  ["5.1", "opus", ["-c:a", "libopus", "-ac", "6", "-ar", "48000"]],
  ["5.1", "flac", ["-c:a", "flac", "-ac", "6"]],
  ["5.1", "mkv", ["-c:a", "aac", "-ac", "6"]],
  ["5.1", "webm", ["-c:a", "libopus", "-ac", "6", "-ar", "48000"]],
  ["5.1", "ts", ["-c:a", "aac", "-ac", "6"]],
  ["192 kHz", "mkv", ["-c:a", "flac", "-ar", "192000"]],
  ["8 kHz", "mp3", ["-c:a", "libmp3lame", "-ar", "8000"]],
  [
    "frames of 60 ms",
    "webm",
    "-c:a libopus -ar 48000 -frame_duration 60".split(" "),
  ],
  [
    "frames of 2.5 ms",
    "webm",
    "-c:a libopus -ar 48000 -frame_duration 2.5".split(" "),
  ],
];

for (const [name, extension, words] of ODD) {
  Deno.test({
    name: `${extension} of ${name} plays in every mount without a complaint`,
    ignore: ffmpeg.ignore,
    async fn() {
      const file = await encode(extension, ...sine(2).slice(0, 4), ...words);
      for (const stream of (await play(file)).streams) {
        const { pcm, complaints } = await hear(stream.bytes, stream.extension);
        assertEquals(complaints, [], stream.extension);
        assert(pcm.length > 10_000, `${stream.extension}: ${pcm.length}`);
      }
    },
  });
}

Deno.test({
  name: "album art as a video stream is no film",
  ignore: ffmpeg.ignore,
  async fn() {
    const art = "-f lavfi -i color=red:s=64x64:d=0.04:r=25".split(" ");
    const maps = "-map 1:a -map 0:v -disposition:v attached_pic".split(" ");
    const words = "-c:a aac -c:v png -frames:v 1".split(" ");
    const file = await encode("m4a", ...art, ...sine(2), ...maps, ...words);
    const { track, packets } = await readAll(file);
    assertEquals(track.info.video, undefined);
    assert(
      packets.every((x) => x.picture === undefined) && packets.length > 80,
    );
  },
});

Deno.test({
  name: "a film whose codecs no mount carries together plays its sound",
  ignore: ffmpeg.ignore,
  async fn() {
    const { track } = await readAll(
      await makeMedia("mkv", "vorbis", "h264", 1),
    );
    assertEquals([track.info.codec, track.info.video], ["vorbis", undefined]);
  },
});

for (const [extension, codec, form] of SILENT_FILMS) {
  Deno.test({
    name:
      `a film without sound in ${extension} plays with silence as its clock`,
    ignore: ffmpeg.ignore,
    async fn() {
      const source = "-f lavfi -i testsrc=s=160x90:r=25:d=3".split(" ");
      const file = await encode(extension, ...source, ...form.split(" "));
      const { track, packets, streams } = await play(file);
      assertEquals(track.info.video?.codec, codec);
      const pictures = packets.filter(({ picture }) => picture !== undefined);
      assertEquals(pictures.length, 75);
      for (const stream of streams) {
        const heard = await hear(stream.bytes, stream.extension);
        assertEquals(heard.complaints, [], stream.extension);
        const { sampleRate, channels } = track.info;
        const seconds = heard.pcm.length / sampleRate / channels;
        assert(
          Math.abs(seconds - 3) < 0.2,
          `${stream.extension}: ${seconds} s`,
        );
      }
      const late = await readAll(file, { startMs: 1500 });
      assertEquals(late.track.startMs, 1500);
      const film = late.packets.filter(({ picture }) => picture !== undefined);
      assertEquals([film.length, film[0]?.picture?.key], [25, true]);
    },
  });
}

Deno.test({
  name: "a film whose sound no mount takes is refused with its reason",
  ignore: ffmpeg.ignore,
  async fn() {
    const source = "-f lavfi -i testsrc=s=64x64:d=1".split(" ");
    for (
      const [extension, name, sound] of [
        ["mp4", "MP4", "ac3"],
        ["mkv", "Matroska or WebM", "ac3"],
        ["ts", "MPEG-TS", "ac3"],
      ] as const
    ) {
      const words = `-map 0:v -map 1:a -c:v libx264 -c:a ${sound}`.split(" ");
      const file = await encode(extension, ...source, ...sine(1), ...words);
      await assertRejects(
        () => openTrack(fromBytes(file)),
        AlluviumError,
        `it is ${name} without any sound in AAC`,
      );
    }
  },
});
