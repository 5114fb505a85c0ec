/**
 * Any damage, anywhere: opening and reading never throw anything but our own
 * errors, never read without end, and give every good packet that stands behind
 * the damage. What comes out goes through a mount whose stream opens again.
 *
 * `fuzz_test.ts` runs these briefly, `tests/long/media_fuzz.ts` for as long as
 * one likes.
 *
 * @module
 */
import { assert } from "@std/assert";
import fc from "fast-check";
import { AlluviumError } from "../../lib/errors.ts";
import { concatBytes } from "../../lib/media/bytes.ts";
import { createMountWriter } from "../../lib/media/mount.ts";
import { parseMp3Header } from "../../lib/media/mp3/header.ts";
import { openTrack } from "../../lib/media/open.ts";
import { oggCrc } from "../../lib/media/ogg/crc.ts";
import { OggPageParser } from "../../lib/media/ogg/page_parser.ts";
import type { Codec, Packet, Track } from "../../lib/media/packet.ts";
import { bytesOf, CountingSource, readAll } from "./support.ts";
import {
  dullBytes,
  id3Tag,
  makeFrames,
  makeOpusPackets,
  noteFrame,
  oggFile,
  seeded,
} from "./synthetic.ts";

/** One property, and how to try it. */
export interface Fuzz {
  name: string;
  /** Tries `runs` cases from a seed; fails with the smallest case found. */
  run(runs: number, seed?: number): Promise<void>;
}

/** All of them. */
export const FUZZES: Fuzz[] = [];

/** How many cases, and from which seed. */
export interface Effort {
  numRuns: number;
  seed?: number;
}

/** Adds a property to {@linkcode FUZZES}. */
export function fuzz(
  name: string,
  property: (options: Effort) => Promise<void>,
): void {
  FUZZES.push({
    name,
    run: (numRuns, seed) =>
      property({ numRuns, ...(seed !== undefined && { seed }) }),
  });
}

/** A stream of a codec whose silence is all we have. */
function silentFile(codec: Codec): Uint8Array {
  const writer = createMountWriter(codec);
  return bytesOf([...writer.silence(20_000), ...writer.end()]);
}

const FILES: Record<string, Uint8Array> = {
  "MP3": concatBytes([
    id3Tag({ TIT2: "t", TPE1: "c" }, 3000),
    noteFrame({ frames: 300, bytes: 300 * 417, padding: 2900 }),
    ...makeFrames(300, { padded: true }),
  ]),
  "MP3 of variable rate": concatBytes(
    makeFrames(300, { bitrate: (i) => [64_000, 320_000, 128_000][i % 3]! }),
  ),
  "Opus": oggFile([makeOpusPackets(400)]),
  "a chain": oggFile([1, 2, 3].map((i) => makeOpusPackets(150, i))),
  "Vorbis": silentFile("vorbis"),
  "FLAC": silentFile("flac"),
};

/** One act of damage; places and lengths are shares of the file. */
export const act = fc.record({
  kind: fc.constantFrom("flip", "overwrite", "delete", "insert", "cut", "copy"),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.nat(30_000)),
  seed: fc.nat(),
});
/** An act. */
export type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

/** The file after it. */
export function hurt(
  file: Uint8Array,
  { kind, at, length, seed }: Act,
): Uint8Array {
  const from = Math.floor(at * file.length);
  const to = Math.min(file.length, from + length);
  const random = seeded(seed);
  const rubbish = Uint8Array.from({ length }, () => random() * 256);
  const head = file.subarray(0, from);
  switch (kind) {
    case "flip": {
      const copy = file.slice();
      if (from < copy.length) copy[from]! ^= 1 << (seed & 7);
      return copy;
    }
    case "overwrite":
      return concatBytes([
        head,
        rubbish.subarray(0, to - from),
        file.subarray(to),
      ]);
    case "delete":
      return concatBytes([head, file.subarray(to)]);
    case "insert":
      return concatBytes([head, rubbish, file.subarray(from)]);
    case "copy":
      return concatBytes([head, file.subarray(from, to), file.subarray(from)]);
    default:
      return head;
  }
}

/** Plays whatever opens into a mount; only our own errors may come. */
async function play(
  source: CountingSource,
  startMs: number,
): Promise<Uint8Array | undefined> {
  let track: Track;
  try {
    track = await openTrack(source, { startMs });
  } catch (error) {
    assert(error instanceof AlluviumError, String(error));
    return undefined;
  }
  const writer = createMountWriter(track.info.codec);
  assert(writer.accepts(track.info));
  const chunks = writer.begin(track.info);
  for await (const packet of track.packets) {
    assert(packet.data.length > 0 && packet.durationSamples >= 0);
    chunks.push(...writer.write(packet));
  }
  chunks.push(...writer.end());
  for (const { durationMs } of chunks) assert(durationMs >= 0);
  return bytesOf(chunks);
}

for (const [name, file] of Object.entries(FILES)) {
  fuzz(
    `any damage to ${name} is survived in a bounded number of reads`,
    async (options) => {
      const startMs = fc.oneof(fc.constant(0), fc.nat(9000));
      const acts = fc.array(act, { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(acts, startMs, async (x, at) => {
          const source = new CountingSource(x.reduce(hurt, file));
          const out = await play(source, at);
          // Each block a few times while searching, then once in order.
          const blocks = Math.ceil(source.size / 16384);
          assert(source.reads < 150 + blocks * 2, `${source.reads} reads`);
          if (out === undefined || out.length === 0) return;
          const again = await readAll(out);
          assert(again.packets.length > 0);
        }),
        options,
      );
    },
  );
}

/** Places of pages or packets that damage did not touch. */
function untouched(start: number, end: number, from: number, to: number) {
  return end <= from || start >= to;
}

fuzz(
  "every Opus packet on whole pages comes out, whatever happened to the others",
  async (options) => {
    const file = FILES["Opus"]!;
    const pages = new OggPageParser().push(file);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: pages[2]!.offset, max: file.length - 1 }),
        fc.integer({ min: 1, max: 20_000 }),
        fc.constantFrom("overwrite", "delete"),
        fc.nat(),
        async (from, length, kind, seed) => {
          const to = Math.min(file.length, from + length);
          const middle = kind === "delete"
            ? new Uint8Array(0)
            : dullBytes(to - from, seeded(seed));
          const bytes = concatBytes([
            file.subarray(0, from),
            middle,
            file.subarray(to),
          ]);
          const { packets } = await readAll(bytes);
          const found = new Set(packets.map(key));
          for (const page of pages.slice(2)) {
            const end = page.offset + page.bytes;
            if (!untouched(page.offset, end, from, to)) continue;
            for (const packet of packetsOn(page.lacing, page.body)) {
              assert(found.has(key(packet)), `page ${page.sequence} is lost`);
            }
          }
        },
      ),
      options,
    );
  },
);

function packetsOn(lacing: Uint8Array, body: Uint8Array): Packet[] {
  const packets: Packet[] = [];
  let at = 0;
  let start = 0;
  for (const length of lacing) {
    at += length;
    if (length === 255) continue;
    packets.push({ data: body.subarray(start, at), durationSamples: 960 });
    start = at;
  }
  return packets;
}

function key(packet: Packet): string {
  return packet.data.subarray(0, 40).join();
}

/**
 * Whether a frame lies inside of what a damaged header before it claims, to the
 * byte: twice the bit rate is as good a frame as two of them.
 */
function isSwallowed(
  bytes: Uint8Array,
  starts: readonly number[],
  frame: number,
): boolean {
  for (let i = Math.max(0, frame - 4); i < frame; i++) {
    const end = starts[i]! + (parseMp3Header(bytes, starts[i]!)?.bytes ?? 0);
    if (end >= starts[frame + 1]! && starts.includes(end)) return true;
  }
  return false;
}

fuzz(
  "every MP3 frame behind damage comes out through the whole way",
  async (options) => {
    const frames = makeFrames(200, { padded: true });
    const file = concatBytes(frames);
    const starts = frames.reduce(
      (list, x) => [...list, list.at(-1)! + x.length],
      [
        0,
      ],
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: starts[4]!, max: starts[190]! }),
        fc.integer({ min: 1, max: 3000 }),
        fc.nat(),
        async (from, length, seed) => {
          const bytes = file.slice();
          const to = from + length;
          bytes.set(
            dullBytes(length, seeded(seed)).subarray(0, file.length - from),
            from,
          );
          const { packets } = await readAll(bytes);
          const found = new Set(packets.map((x) => x.data.join()));
          frames.forEach((frame, i) => {
            if (!untouched(starts[i]!, starts[i + 1]!, from, to)) return;
            if (isSwallowed(bytes, starts, i)) return;
            assert(found.has(frame.join()), `frame ${i} is lost`);
          });
        },
      ),
      options,
    );
  },
);

fuzz("any bytes at all are refused or played, never worse", async (options) => {
  const signs = fc.constantFrom(
    ...["OggS\0\x02", "ID3\x03\0\0\0\0\0\x09", "OpusHead", "\xff\xfb\x90\x00"]
      .map((x) => [...x].map((y) => y.charCodeAt(0))),
  );
  const bytes = fc.array(fc.oneof(fc.array(fc.nat(255)), signs)).map((x) =>
    new Uint8Array(x.flat())
  );
  await fc.assert(
    fc.asyncProperty(bytes, fc.nat(5000), async (x, startMs) => {
      await play(new CountingSource(x), startMs);
    }),
    options,
  );
});

/** A page that lies under a right checksum. */
const lie = fc.record({
  page: fc.nat(1000),
  field: fc.constantFrom("flags", "granule", "serial", "sequence", "lacing"),
  value: fc.oneof(fc.nat(255), fc.maxSafeNat(), fc.constant(2 ** 53 - 1)),
  act: fc.constantFrom("change", "drop", "double", "move"),
});

/** Rewrites one page of a file, with a checksum that fits. */
function pretend(
  pages: Uint8Array[],
  { page, field, value, act }: typeof lie extends fc.Arbitrary<infer T> ? T
    : never,
): Uint8Array[] {
  const at = page % pages.length;
  const changed = pages[at]!.slice();
  const view = new DataView(changed.buffer);
  if (field === "flags") changed[5] = value & 7;
  if (field === "granule") view.setBigUint64(6, BigInt(value), true);
  if (field === "serial") view.setUint32(14, value & 3, true);
  if (field === "sequence") view.setUint32(18, value >>> 0, true);
  if (field === "lacing" && changed[26]! > 0) changed[27] = value & 255;
  view.setUint32(22, 0);
  view.setUint32(22, oggCrc(changed), true);
  const rest = pages.filter((_, i) => i !== at);
  switch (act) {
    case "change":
      return pages.with(at, changed);
    case "drop":
      return rest.length > 0 ? rest : pages;
    case "double":
      return pages.toSpliced(at, 0, changed);
    default:
      return rest.toSpliced(value % pages.length, 0, changed);
  }
}

fuzz("pages that lie under right checksums are survived", async (options) => {
  for (const name of ["Opus", "a chain", "Vorbis", "FLAC"]) {
    const file = FILES[name]!;
    const pages = new OggPageParser().push(file)
      .map((x) => file.slice(x.offset, x.offset + x.bytes));
    await fc.assert(
      fc.asyncProperty(
        fc.array(lie, { minLength: 1, maxLength: 6 }),
        fc.nat(9000),
        async (lies, startMs) => {
          const bytes = concatBytes(lies.reduce(pretend, pages));
          const source = new CountingSource(bytes);
          await play(source, startMs);
          const blocks = Math.ceil(source.size / 16384);
          assert(source.reads < 150 + blocks * 2, `${source.reads} reads`);
        },
      ),
      options,
    );
  }
});
