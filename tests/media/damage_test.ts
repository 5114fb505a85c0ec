/**
 * Bad media, case by case: what is good comes out, what is not says why, and what
 * is sent decodes without a complaint.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { AlluviumError } from "../../lib/errors.ts";
import {
  FILM_AHEAD_BYTES_MAX,
  FILM_LOOK_BYTES_MAX,
  FILM_UNIT_BYTES_MAX,
  MEDIA_INDEX_READS_MAX,
} from "../../lib/limits.ts";
import { concatBytes, u32be } from "../../lib/media/bytes.ts";
import { Weaver } from "../../lib/media/film/weaver.ts";
import { createMountWriters } from "../../lib/media/mount.ts";
import { SoundGaps } from "../../lib/media/film/sound_gaps.ts";
import { openTrack } from "../../lib/media/open.ts";
import { OggPageParser } from "../../lib/media/ogg/page_parser.ts";
import type { Packet } from "../../lib/media/packet.ts";
import { kindOf } from "../../lib/media/pairing.ts";
import { fromBytes } from "../../lib/media/random_access.ts";
import { PesReader } from "../../lib/media/ts/pes_reader.ts";
import { BlockReader } from "../../lib/media/webm/block_reader.ts";
import { element } from "../../lib/media/webm/ebml.ts";
import { readBlockElement } from "../../lib/media/webm/blocks.ts";
import { CONTAINER_FILES } from "./container_files.ts";
import { makeMedia } from "./streams.ts";
import { bytesOf, encode, ffmpeg, hear, readAll, sine } from "./support.ts";
import {
  makeFrames,
  makeOpusPackets,
  noteFrame,
  oggFile,
  opusInfo,
  seeded,
} from "./synthetic.ts";

const keyOf = ({ data }: Packet) => data.join();

/** Rubbish at a place. */
function insert(bytes: Uint8Array, at: number, length: number): Uint8Array {
  const random = seeded(at);
  const rubbish = Uint8Array.from({ length }, () => random() * 256);
  return concatBytes([bytes.subarray(0, at), rubbish, bytes.subarray(at)]);
}

for (const name of ["MPEG-TS", "WebM"]) {
  Deno.test(`${name} with rubbish, or a hole, loses what stood there and nothing else`, async () => {
    const file = CONTAINER_FILES[name]!;
    const { track, packets } = await readAll(file);
    const whole = packets.map(keyOf);
    // Sound that is lost while the film goes on is silence.
    const gaps = new SoundGaps(track.info);
    gaps.passed(0);
    const [silence] = gaps.fill(200).map(({ packet }) => keyOf(packet));
    for (const share of [0.3, 0.5, 0.71, 0.9]) {
      const at = Math.floor(file.length * share);
      const hole = concatBytes([
        file.subarray(0, at),
        file.subarray(at + 500),
      ]);
      for (const bytes of [insert(file, at, 3001), hole]) {
        const found = (await readAll(bytes)).packets.map(keyOf);
        const lost = whole.filter((x) => !found.includes(x)).length;
        const strange = found.filter((x) => !whole.includes(x) && x !== silence)
          .length;
        // A PES packet holds three frames; a picture and two of them may be hit.
        assert(lost <= 8, `${share}: ${lost} lost`);
        assert(strange <= 1, `${share}: ${strange} that are none`);
      }
    }
  });
}

Deno.test("an MP3 whose Xing counts half of its frames, or twice as many, plays all of them", async () => {
  const frames = makeFrames(400, { padded: true });
  for (const counted of [200, 800]) {
    const note = noteFrame({ frames: counted, bytes: counted * 417 });
    const { packets } = await readAll(concatBytes([note, ...frames]));
    assertEquals(packets.length, 400);
  }
});

Deno.test("Opus of changing frame lengths keeps its time to the sample", async () => {
  // TOC bytes of CELT: 2.5, 5, 10, 20 ms, and three of 20 in one.
  const kinds: [number[], number][] = [
    [[0xe0], 120],
    [[0xe8], 240],
    [[0xf0], 480],
    [[0xf8], 960],
    [[0xfb, 3], 2880],
  ];
  const packets = makeOpusPackets(500).map(({ data }, i): Packet => {
    const [head, durationSamples] = kinds[(i * 7) % kinds.length]!;
    const body = data.subarray(1, 1 + 30 * (head[1] ?? 1));
    return {
      data: concatBytes([new Uint8Array(head), body]),
      durationSamples,
    };
  });
  const samples = packets.reduce((sum, x) => sum + x.durationSamples, 0);
  const read = await readAll(oggFile([packets]));
  assertEquals(
    read.packets.map((x) => x.durationSamples),
    packets.map((x) => x.durationSamples),
  );
  for (const writer of createMountWriters({ codec: "opus" })) {
    const chunks = [
      ...writer.begin(opusInfo()),
      ...packets.flatMap((packet) => writer.write(packet)),
      ...writer.end(),
    ];
    const ms = chunks.reduce((sum, x) => sum + x.durationMs, 0);
    const heard = (samples - opusInfo().preSkipSamples!) / 48;
    assert(Math.abs(ms - heard) < 61, `${writer.extension}: ${ms - heard}`);
  }
});

Deno.test({
  name: "Ogg with missing pages plays the others without a complaint",
  ignore: ffmpeg.ignore,
  async fn() {
    const words = ["-c:a", "libopus", "-page_duration", "100000"];
    const file = await encode("opus", ...sine(4, { rate: 48000 }), ...words);
    const pages = new OggPageParser().push(file);
    const kept = pages.filter((_, i) => ![8, 9, 20].includes(i))
      .map(({ offset, bytes }) => file.subarray(offset, offset + bytes));
    const { track, packets } = await readAll(concatBytes(kept));
    for (const writer of createMountWriters(kindOf(track.info))) {
      const chunks = [
        ...writer.begin(track.info),
        ...packets.flatMap((packet) => writer.write(packet)),
        ...writer.end(),
      ];
      const { pcm, complaints } = await hear(
        bytesOf(chunks),
        writer.extension,
      );
      assertEquals(complaints, [], writer.extension);
      const seconds = pcm.length / 96_000;
      assert(seconds > 3.5 && seconds < 3.9, `${seconds} s`);
    }
  },
});

/** Sound with a cover: container, ffmpeg's words for both. */
const COVERS: [string, string][] = [
  ["mp3", "-c:a libmp3lame -c:v png -id3v2_version 3"],
  ["flac", "-c:a flac -c:v png"],
  ["m4a", "-c:a aac -c:v mjpeg"],
  ["mkv", "-c:a aac -c:v mjpeg"],
];

for (const [extension, words] of COVERS) {
  Deno.test({
    name: `a cover in ${extension} is no film`,
    ignore: ffmpeg.ignore,
    async fn() {
      const cover = "-f lavfi -i color=red:s=300x300:d=0.04:r=25".split(" ");
      const maps = "-map 1:a -map 0:v -disposition:v attached_pic -frames:v 1";
      const file = await encode(
        extension,
        ...[...cover, ...sine(2), ...maps.split(" "), ...words.split(" ")],
      );
      const { track, packets } = await readAll(file);
      assertEquals(track.info.video, undefined);
      assert(packets.every(({ picture }) => picture === undefined));
      assert(packets.length >= 19, `${packets.length}`);
    },
  });
}

Deno.test({
  name:
    "a live WebM, without lengths and without an index, plays from any time",
  ignore: ffmpeg.ignore,
  async fn() {
    const file = await encode(
      "webm",
      ..."-f lavfi -i testsrc=s=160x90:r=25:d=30".split(" "),
      ...sine(30, { rate: 48000 }),
      ..."-map 0:v -map 1:a -c:v libvpx -deadline realtime -cpu-used 16 -g 25"
        .split(" "),
      ..."-c:a libopus -live 1 -cluster_time_limit 1000".split(" "),
    );
    const whole = await readAll(file);
    assert(whole.packets.length > 30 * 74);
    for (const startMs of [5000, 17_040, 29_000]) {
      const { track, packets } = await readAll(file, { startMs });
      assertEquals(track.startMs, startMs);
      const sound = packets.filter(({ picture }) => picture === undefined);
      const wanted = (30_000 - startMs) / 20;
      assert(Math.abs(sound.length - wanted) < 8, `${sound.length}`);
      const [film] = packets.filter(({ picture }) => picture !== undefined);
      assert(film?.picture?.key);
    }
  },
});

Deno.test("an index of more looks than its limit is given up", async () => {
  const ftyp = CONTAINER_FILES["MP4"]!;
  const head = ftyp.subarray(0, u32be(ftyp, 0));
  const free = new Uint8Array([0, 0, 0, 8, 0x66, 0x72, 0x65, 0x65]);
  const inside = new Uint8Array(8 * (MEDIA_INDEX_READS_MAX + 10_000));
  for (let at = 0; at < inside.length; at += 8) inside.set(free, at);
  const error = await assertRejects(
    () => openTrack(fromBytes(concatBytes([head, inside]))),
    AlluviumError,
    `${MEDIA_INDEX_READS_MAX} looks`,
  );
  assertEquals(error.code, "media-rejected");
});

Deno.test("several frames in one block come out one by one, whatever the kind of lacing", () => {
  const frames = [3, 300, 7].map((n) => new Uint8Array(n).fill(n & 255));
  const body = concatBytes(frames);
  const block = (flags: number, sizes: number[], contents = body) =>
    concatBytes([new Uint8Array([0x81, 0, 5, flags, ...sizes]), contents]);
  const xiph = block(0x82, [2, 3, 255, 45]);
  // 3, then 297 more: the bias of two bytes is 2^13 - 1.
  const difference = 297 + 8191;
  const ebml = block(0x86, [
    ...[2, 0x83, 0x40 | (difference >> 8), difference & 255],
  ]);
  for (const bytes of [xiph, ebml]) {
    const found = readBlockElement(bytes, false);
    assertEquals(found?.frames, frames);
    assertEquals([found?.track, found?.ticks, found?.key], [1, 5, true]);
  }
  const even = readBlockElement(block(0x84, [2], body.subarray(0, 309)), false);
  assertEquals(even?.frames.map(({ length }) => length), [103, 103, 103]);
  // Lengths that do not fit.
  assertEquals(
    readBlockElement(block(0x82, [2, 255, 255, 255, 9, 9]), false),
    undefined,
  );
});

Deno.test("a block, a PES packet and waiting pictures have their limits", () => {
  const sizes: number[] = [];
  const blocks = new BlockReader(
    () => true,
    ({ frames }) => sizes.push(frames[0]!.length),
  );
  const small = element(0xa3, new Uint8Array([0x81, 0, 0, 0x80, 1, 2, 3]));
  const huge = element(0xa3, new Uint8Array(FILM_UNIT_BYTES_MAX + 1));
  blocks.push(concatBytes([small, huge, small, small]));
  blocks.finish();
  assertEquals(sizes, [3, 3, 3]);

  const pes = new PesReader();
  const start = new Uint8Array(184);
  start.set([0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0]);
  pes.push(start, true, 0);
  for (let i = 1; i * 184 < FILM_UNIT_BYTES_MAX + 400; i++) {
    pes.push(new Uint8Array(184), false, i & 15);
  }
  assertEquals(pes.finish(), undefined);

  const weaver = new Weaver(true);
  const data = new Uint8Array(FILM_AHEAD_BYTES_MAX / 4);
  for (let i = 0; i < 20; i++) {
    const at = { showMs: i * 40, decodeMs: i * 40 };
    weaver.addPicture({ data, key: i === 0, ...at });
  }
  const packet = { data: new Uint8Array(1), durationSamples: 960 };
  weaver.addSound({ packet, atMs: 1000, endMs: 1020 });
  assertEquals(weaver.finish(), [packet]);
});

Deno.test({
  name: "a film is not looked for beyond its limit, and its sound plays",
  ignore: ffmpeg.ignore,
  async fn() {
    // The tables of a film, and then sound alone for longer than that.
    const film = await makeMedia("ts", "aac", "h264", 1);
    const isVideo = (at: number) =>
      ((film[at + 1]! & 31) << 8 | film[at + 2]!) === 0x100;
    const sound: Uint8Array[] = [];
    for (let at = 0; at < film.length; at += 188) {
      if (!isVideo(at)) sound.push(film.subarray(at, at + 188));
    }
    const once = concatBytes(sound);
    const times = Math.ceil(FILM_LOOK_BYTES_MAX * 1.2 / once.length);
    const bytes = concatBytes(Array.from({ length: times }, () => once));
    const track = await openTrack(fromBytes(bytes));
    await track.packets.cancel();
    assertEquals([track.info.codec, track.info.video], ["aac", undefined]);
  },
});
