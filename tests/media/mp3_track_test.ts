import { assert, assertEquals } from "@std/assert";
import { concatBytes } from "../../lib/media/bytes.ts";
import { openTrack } from "../../lib/media/open.ts";
import {
  CountingSource,
  encode,
  ffmpeg,
  hear,
  mountFiles,
  noise,
  packetHashes,
  packetsOf,
  readAll,
  sine,
} from "./support.ts";
import { bytesOf } from "./support.ts";
import { id3Tag, makeFrames, noteFrame } from "./synthetic.ts";

const FRAME_MS = 1152 * 1000 / 44100;

Deno.test("openTrack() gives the frames of an MP3 file as they are", async () => {
  const frames = makeFrames(50);
  const note = noteFrame({ kind: "Info", frames: 50, bytes: 51 * 417 });
  const file = concatBytes([
    id3Tag({ TIT2: "Title", TPE1: "Who" }, 100_000),
    note,
    ...frames,
  ]);
  const { track, packets } = await readAll(file);
  assertEquals(packets.map((x) => x.data), frames);
  assertEquals(track.startMs, 0);
  assertEquals(track.info, {
    codec: "mp3",
    sampleRate: 44100,
    channels: 2,
    bitrate: 128_000,
    durationSamples: 50 * 1152,
    headers: [],
    title: "Title",
    creator: "Who",
  });
});

Deno.test("openTrack() leaves out whole spare frames of silence at the end", async () => {
  const frames = makeFrames(20);
  for (
    const [padding, spare] of [[1680, 0], [1681, 1], [2832, 1], [2833, 2]]
  ) {
    const note = noteFrame({ frames: 20, bytes: 8757, padding: padding! });
    const { packets, track } = await readAll(concatBytes([note, ...frames]));
    assertEquals(packets.length, 20 - spare!, `padding ${padding}`);
    assertEquals(track.info.durationSamples, (20 - spare!) * 1152);
  }
});

Deno.test("openTrack() finds the exact frame of a constant bit rate, reading next to nothing", async () => {
  for (const padded of [true, false]) {
    const frames = makeFrames(6000, { padded });
    const file = concatBytes([id3Tag({ TIT2: "x" }, 777), ...frames]);
    const numbers = new Map(frames.map((x, i) => [String(x), i]));
    for (const startMs of [1, 26, 27, 1000, 33333.3, 100_000, 156_000]) {
      const source = new CountingSource(file);
      const track = await openTrack(source, { startMs });
      const reader = track.packets.getReader();
      const first = (await reader.read()).value!;
      await reader.cancel();
      const number = numbers.get(String(first.data))!;
      assertEquals(Math.round(track.startMs / FRAME_MS), number);
      const wanted = Math.floor(startMs / FRAME_MS);
      assertEquals(number, Math.max(0, wanted - 2), `${startMs} ms`);
      assertEquals(first.preroll, number < wanted ? true : undefined);
      assert(source.bytesFetched <= 5 * 16384, `${source.bytesFetched}`);
    }
  }
});

Deno.test("openTrack() marks the frames of pre-roll and no others", async () => {
  const { packets } = await readAll(concatBytes(makeFrames(500)), {
    startMs: 5000,
  });
  assertEquals(packets.slice(0, 4).map((x) => x.preroll), [
    true,
    true,
    undefined,
    undefined,
  ]);
});

Deno.test("openTrack() past the end gives no packets and the file's length", async () => {
  const { track, packets } = await readAll(concatBytes(makeFrames(100)), {
    startMs: 99_999,
  });
  assertEquals(packets, []);
  assertEquals(Math.round(track.startMs), Math.round(100 * FRAME_MS));
});

Deno.test("openTrack() finds a time by the table of a variable bit rate", async () => {
  // The first half at 64 kbit/s, the second at 192: the middle lies at a quarter.
  const frames = makeFrames(4000, {
    bitrate: (i) => i < 2000 ? 64_000 : 192_000,
  });
  const bytes = frames.reduce((sum, x) => sum + x.length, 0);
  const starts: number[] = [0];
  for (const frame of frames) starts.push(starts.at(-1)! + frame.length);
  const toc = Array.from(
    { length: 100 },
    (_, i) => Math.floor(starts[i * 40]! / bytes * 256),
  );
  const note = noteFrame({ frames: 4000, bytes, toc });
  const file = concatBytes([note, ...frames]);
  const numbers = new Map(frames.map((x, i) => [String(x), i]));
  for (const share of [0.2, 0.5, 0.75, 0.99]) {
    const source = new CountingSource(file);
    const startMs = share * 4000 * FRAME_MS;
    const track = await openTrack(source, { startMs });
    const first = (await track.packets.getReader().read()).value!;
    const number = numbers.get(String(first.data))!;
    // A step of the table is 1/256 of the bytes.
    assert(Math.abs(number - share * 4000) < 40, `${share}: frame ${number}`);
    assert(source.bytesFetched < 6 * 16384);
  }
});

Deno.test("openTrack() takes samples of a variable bit rate that has no table", async () => {
  const frames = makeFrames(4000, {
    bitrate: (i) => [64_000, 96_000, 128_000, 192_000, 320_000][i % 5]!,
  });
  const source = new CountingSource(concatBytes(frames));
  const track = await openTrack(source, { startMs: 2000 * FRAME_MS });
  const first = (await track.packets.getReader().read()).value!;
  const number = frames.findIndex((x) => String(x) === String(first.data));
  assert(Math.abs(number - 2000) < 100, `frame ${number}`);
});

Deno.test("openTrack() does not believe a note with impossible counts", async () => {
  const frames = makeFrames(1000);
  for (const count of [1, 10_000_000]) {
    const note = noteFrame({ kind: "Info", frames: count, bytes: 1 });
    const { track, packets } = await readAll(concatBytes([note, ...frames]), {
      startMs: 10_000,
    });
    assertEquals(
      Math.abs(track.info.durationSamples! - 1000 * 1152) < 3000,
      true,
    );
    assertEquals(packets.length, 1000 - Math.round(track.startMs / FRAME_MS));
  }
});

Deno.test({
  name:
    "openTrack() gives the packets of every MPEG version as ffprobe sees them",
  ignore: ffmpeg.ignore,
  async fn() {
    const rows: string[][] = [
      [...sine(3), "-b:a", "128k"],
      [...sine(3), "-b:a", "320k"],
      [...noise(3), "-q:a", "2"],
      [...noise(3), "-abr", "1", "-b:a", "112k"],
      [...sine(3, { rate: 22050, channels: 1 }), "-b:a", "32k"],
      [...sine(3, { rate: 8000, channels: 1 }), "-b:a", "8k"],
      [...sine(3, { rate: 48000 }), "-b:a", "192k", "-write_xing", "0"],
    ];
    for (const args of rows) {
      const file = await encode("mp3", ...args);
      const out = bytesOf(await mountFiles([file]));
      const got = await packetHashes(out, "mp3");
      assertEquals(got, await packetHashes(file, "mp3"), args.join(" "));
    }
  },
});

Deno.test({
  name: "a start in the middle sounds from the first wanted frame on",
  ignore: ffmpeg.ignore,
  async fn() {
    for (const quality of [["-b:a", "128k"], ["-b:a", "320k"], ["-q:a", "2"]]) {
      const file = await encode("mp3", ...sine(10), ...quality);
      const track = await openTrack(new CountingSource(file), {
        startMs: 5000,
      });
      const packets = await packetsOf(track);
      const preroll = packets.filter((x) => x.preroll).length;
      const bytes = concatBytes(packets.map((x) => x.data));
      const { pcm } = await hear(bytes, "mp3");
      // One more frame for the overlap of the transform.
      const from = (preroll + 1) * 1152 * 2;
      const loud = Math.max(...pcm.subarray(from, from + 1152));
      const usual = Math.max(...pcm.subarray(-44100));
      assert(loud > usual * 0.9, `${quality}: ${loud} of ${usual}`);
    }
  },
});
