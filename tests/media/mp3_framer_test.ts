import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { concatBytes } from "../../lib/media/bytes.ts";
import { type Mp3Frame, Mp3Framer } from "../../lib/media/mp3/framer.ts";
import {
  dullBytes,
  id3Tag,
  makeFrames,
  noteFrame,
  seeded,
} from "./synthetic.ts";
import { cut } from "./support.ts";

/** Runs a framer over pieces of a file. */
function frame(
  pieces: Uint8Array[],
  size = pieces.reduce((sum, x) => sum + x.length, 0),
): Mp3Frame[] {
  const framer = new Mp3Framer({ size });
  return [...pieces.flatMap((x) => framer.push(x)), ...framer.finish()];
}

/** Each way to cut a file into pieces gives the same frames. */
function threeWays(file: Uint8Array): Mp3Frame[] {
  const whole = frame([file]);
  const random = seeded(3);
  for (
    const pieces of [
      cut(file, () => 1),
      cut(file, () => 7),
      cut(file, () => random() * 900),
    ]
  ) {
    assertEquals(frame(pieces).map(key), whole.map(key));
  }
  return whole;
}

function key(x: Mp3Frame): string {
  return `${x.offset}:${x.data.length}:${x.data[36]}:${x.data[37]}`;
}

function data(frames: Mp3Frame[]): Uint8Array[] {
  return frames.map((x) => x.data);
}

Deno.test("Mp3Framer gives the frames back, whole, byte by byte and in odd pieces", () => {
  const frames = makeFrames(12);
  assertEquals(data(threeWays(concatBytes(frames))), frames);
});

Deno.test("Mp3Framer knows no frame before it has seen three headers", () => {
  const frames = makeFrames(4);
  const framer = new Mp3Framer();
  const file = concatBytes(frames);
  const two = frames[0]!.length * 2;
  assertEquals(framer.push(file.subarray(0, two + 3)), []);
  assertEquals(framer.push(file.subarray(two + 3)).length, 3);
  assertEquals(framer.finish().length, 1);
});

Deno.test("Mp3Framer follows changing bit rates", () => {
  const rates = [32_000, 320_000, 128_000, 64_000, 256_000];
  const frames = makeFrames(40, { bitrate: (i) => rates[i % rates.length]! });
  assertEquals(data(threeWays(concatBytes(frames))), frames);
});

Deno.test("Mp3Framer steps over ID3v2, APEv2 and ID3v1, also between frames", () => {
  const frames = makeFrames(8);
  const ape = concatBytes([
    new TextEncoder().encode("APETAGEX"),
    new Uint8Array([0xd0, 7, 0, 0, 60, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xa0]),
    new Uint8Array(8 + 60),
  ]);
  const id3v1 = new Uint8Array(128).fill(0xff);
  id3v1.set(new TextEncoder().encode("TAG"));
  const file = concatBytes([
    id3Tag({ TIT2: "x" }, 5000),
    ape,
    ...frames.slice(0, 4),
    id3v1,
    id3Tag({ TIT2: "y" }, 300),
    ...frames.slice(4),
    ape,
    id3v1,
  ]);
  assertEquals(data(threeWays(file)), frames);
});

Deno.test("Mp3Framer lets a tag of 30 MB be left out", () => {
  const tag = id3Tag({ TIT2: "x" }, 30 * 1024 * 1024);
  const frames = makeFrames(5);
  const framer = new Mp3Framer({ size: tag.length + 5 * 417 });
  assertEquals(framer.push(tag.subarray(0, 100)), []);
  assertEquals(framer.skippable, tag.length - 100);
  framer.skip(framer.skippable);
  const found = [...framer.push(concatBytes(frames)), ...framer.finish()];
  assertEquals(data(found), frames);
  assertEquals(found[0]!.offset, tag.length);
});

Deno.test("Mp3Framer takes a tag longer than the file for rubbish", () => {
  const lie = new Uint8Array([0x49, 0x44, 0x33, 3, 0, 0, 9, 9, 9, 9]);
  const frames = makeFrames(5);
  assertEquals(data(threeWays(concatBytes([lie, ...frames]))), frames);
});

Deno.test("Mp3Framer drops the note of the encoder and reads it", () => {
  const frames = makeFrames(6);
  const note = noteFrame({ frames: 6, bytes: 7 * 417, padding: 1260 });
  const framer = new Mp3Framer();
  const found = [
    ...framer.push(concatBytes([note, ...frames])),
    ...framer.finish(),
  ];
  assertEquals(data(found), frames);
  assertEquals(framer.vbr?.frames, 6);
  assertEquals(framer.vbr?.delaySamples, 576);
  assertEquals(framer.vbr?.paddingSamples, 1260);
});

Deno.test("Mp3Framer drops notes between files joined by cat", () => {
  const frames = makeFrames(6);
  const note = noteFrame({ kind: "Info", frames: 3, bytes: 1668 });
  const file = concatBytes([
    note,
    ...frames.slice(0, 3),
    note,
    ...frames.slice(3),
  ]);
  assertEquals(data(threeWays(file)), frames);
});

Deno.test("Mp3Framer skips rubbish before, between and after frames", () => {
  const frames = makeFrames(9);
  const random = seeded(5);
  const file = concatBytes([
    dullBytes(1000, random),
    ...frames.slice(0, 4),
    dullBytes(333, random),
    ...frames.slice(4, 8),
    dullBytes(1, random),
    frames[8]!,
    dullBytes(50, random),
  ]);
  // Rubbish right after the very last frame leaves nothing that bears it out.
  assertEquals(data(threeWays(file)), frames.slice(0, 8));
});

Deno.test("Mp3Framer drops a frame that lost bytes and keeps its neighbours", () => {
  const frames = makeFrames(9);
  const file = concatBytes([
    ...frames.slice(0, 4),
    frames[4]!.subarray(0, 200),
    ...frames.slice(5),
  ]);
  const kept = [...frames.slice(0, 4), ...frames.slice(5)];
  assertEquals(data(threeWays(file)), kept);
});

Deno.test("Mp3Framer drops a last frame that is cut off", () => {
  const frames = makeFrames(6);
  const file = concatBytes(frames).subarray(0, 6 * 417 - 10);
  assertEquals(data(threeWays(file)), frames.slice(0, 5));
});

Deno.test("Mp3Framer skips frames of another rate or number of channels", () => {
  const frames = makeFrames(8);
  const file = concatBytes([
    ...frames.slice(0, 4),
    ...makeFrames(5, { sampleRate: 48000 }),
    ...makeFrames(5, { channels: 1 }),
    ...frames.slice(4),
  ]);
  assertEquals(data(threeWays(file)), frames);
});

Deno.test("Mp3Framer refuses to skip what it wants", () => {
  let failed = false;
  try {
    new Mp3Framer().skip(1);
  } catch (error) {
    failed = error instanceof RangeError;
  }
  assert(failed);
});

/** Overwriting, deleting or inserting bytes somewhere after the beginning. */
const damage = fc.record({
  kind: fc.constantFrom("overwrite", "delete", "insert"),
  at: fc.integer({ min: 4 * 417, max: 60 * 417 }),
  length: fc.integer({ min: 1, max: 3000 }),
  seed: fc.integer(),
});

Deno.test("Mp3Framer keeps every frame that damage did not touch", () => {
  const frames = makeFrames(60);
  const file = concatBytes(frames);
  fc.assert(
    fc.property(damage, ({ kind, at, length, seed }) => {
      const rubbish = kind === "delete"
        ? new Uint8Array(0)
        : dullBytes(length, seeded(seed));
      const end = kind === "insert" ? at : Math.min(file.length, at + length);
      const hurt = concatBytes([
        file.subarray(0, at),
        rubbish,
        file.subarray(end),
      ]);
      const found = new Set(data(frame([hurt])).map(String));
      for (let i = 0; i < frames.length; i++) {
        const whole = (i + 1) * 417 <= at || i * 417 >= end;
        // A last frame with rubbish behind it is borne out by nothing.
        const lonely = (i + 1) * 417 === at && end === file.length;
        if (whole && !lonely && !found.has(String(frames[i]))) {
          throw new Error(`frame ${i} is lost`);
        }
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("Mp3Framer takes any bytes in any pieces and every frame parses", () => {
  const syncs = fc.constantFrom(
    [0xff, 0xfb, 0x90, 0],
    [0x49, 0x44, 0x33, 3, 0],
    [0x54, 0x41, 0x47],
  );
  const bytes = fc.array(fc.oneof(fc.array(fc.nat(255)), syncs)).map((x) =>
    new Uint8Array(x.flat())
  );
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 50 }), (x, n) => {
      const found = frame(cut(x, () => n));
      assertEquals(found.map(key), frame([x]).map(key));
      for (const { data, header } of found) {
        if (data.length !== header.bytes) throw new Error("a broken frame");
      }
    }),
    { numRuns: 300 },
  );
});
