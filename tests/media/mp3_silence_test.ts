import { assertEquals, assertThrows } from "@std/assert";
import { concatBytes } from "../../lib/media/bytes.ts";
import { parseMp3Header } from "../../lib/media/mp3/header.ts";
import { muteFrame, silentFrame } from "../../lib/media/mp3/silence.ts";
import { encode, ffmpeg, hear, sine } from "./support.ts";

const RATES = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000];

Deno.test("silentFrame() makes a frame of every rate and mode with the nearest bit rate", () => {
  for (const sampleRate of RATES) {
    for (const channels of [1, 2] as const) {
      const frame = silentFrame({ sampleRate, channels, bitrate: 120_000 });
      const header = parseMp3Header(frame, 0)!;
      assertEquals(header.sampleRate, sampleRate);
      assertEquals(header.channels, channels);
      assertEquals(header.bytes, frame.length);
      assertEquals(header.bitrate, 112_000);
    }
  }
});

Deno.test("silentFrame() refuses a rate that MPEG audio has not", () => {
  assertThrows(
    () => silentFrame({ sampleRate: 96000, channels: 2, bitrate: 1 }),
    RangeError,
    "96000",
  );
});

Deno.test({
  name: "silentFrame() decodes to digital silence without a complaint",
  ignore: ffmpeg.ignore,
  async fn() {
    for (const sampleRate of RATES) {
      for (const channels of [1, 2] as const) {
        const frame = silentFrame({ sampleRate, channels, bitrate: 64_000 });
        const many = concatBytes(Array.from({ length: 40 }, () => frame));
        const { pcm, complaints } = await hear(many, "mp3");
        assertEquals(complaints, [], `${sampleRate} Hz, ${channels}`);
        assertEquals(pcm.some((x) => x !== 0), false);
        const { samples } = parseMp3Header(frame, 0)!;
        assertEquals(pcm.length, 40 * samples * channels);
      }
    }
  },
});

Deno.test("muteFrame() keeps length and main data, and leaves other bytes alone", () => {
  const frame = silentFrame({
    sampleRate: 44100,
    channels: 2,
    bitrate: 128_000,
  });
  frame.fill(0x5a, 4);
  const muted = muteFrame(frame);
  assertEquals(muted.subarray(36), frame.subarray(36));
  assertEquals(muted.subarray(4, 36).every((x) => x === 0), true);
  const other = new Uint8Array([1, 2, 3, 4, 5]);
  assertEquals(muteFrame(other), other);
});

Deno.test({
  name: "muteFrame() takes the sound of frames with and without CRC",
  ignore: ffmpeg.ignore,
  async fn() {
    const file = await encode("mp3", ...sine(1), "-b:a", "128k");
    const start = file.findIndex((x, i) =>
      x === 0xff && (file[i + 1]! & 0xe0) === 0xe0
    );
    const frames: Uint8Array[] = [];
    for (let at = start; at < file.length;) {
      const header = parseMp3Header(file, at)!;
      frames.push(file.subarray(at, at + header.bytes));
      at += header.bytes;
    }
    const { pcm, complaints } = await hear(
      concatBytes(frames.map(muteFrame)),
      "mp3",
    );
    assertEquals(complaints, []);
    assertEquals(pcm.some((x) => x !== 0), false);
  },
});
