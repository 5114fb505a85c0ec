import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  ID3_FIELDS_MAX,
  ID3_UNSYNC_BYTES_MAX,
  TAG_TEXT_BYTES_MAX,
} from "../../lib/limits.ts";
import { concatBytes } from "../../lib/media/bytes.ts";
import { readId3v2 } from "../../lib/media/tags/id3.ts";
import { fromBytes } from "../../lib/media/random_access.ts";
import { id3v2Bytes, tagBytes } from "../../lib/media/tags/tag_bytes.ts";
import { CountingSource, encode, ffmpeg, sine } from "./support.ts";
import { id3Tag } from "./synthetic.ts";

function read(tag: Uint8Array) {
  return readId3v2(fromBytes(tag), { offset: 0, bytes: tag.length });
}

/** A tag of one field, given byte by byte. */
function tagOf(version: number, flags: number, body: number[]): Uint8Array {
  const size = [
    body.length >> 21,
    body.length >> 14,
    body.length >> 7,
    body.length,
  ];
  return new Uint8Array([
    ...[0x49, 0x44, 0x33, version, 0, flags],
    ...size.map((x) => x & 127),
    ...body,
  ]);
}

const letters = (text: string) => [...text].map((x) => x.charCodeAt(0));

Deno.test("readId3v2() reads title and performer and nothing of a picture", async () => {
  const tag = id3Tag({ TALB: "-", TIT2: "Süß", TPE1: "Wer" }, 1_000_000);
  const source = new CountingSource(tag);
  const text = await readId3v2(source, { offset: 0, bytes: tag.length });
  assertEquals(text, { title: "Süß", creator: "Wer" });
  assertEquals(source.leaves.size <= 3, true);
});

Deno.test("readId3v2() reads versions 2.2 and 2.4 and every encoding", async () => {
  const old = tagOf(2, 0, [
    ...[...letters("TT2"), 0, 0, 3, 0, 0xe4, 0x62],
    ...[...letters("TP1"), 0, 0, 7, 1, 0xff, 0xfe, 0x41, 0, 0x42, 0],
  ]);
  assertEquals(await read(old), { title: "äb", creator: "AB" });
  const recent = tagOf(4, 0, [
    ...[...letters("TIT2"), 0, 0, 0, 5, 0, 0, 2, 0, 0x41, 0, 0x42],
    // A data length indicator, and two values of which the first counts.
    ...[...letters("TPE1"), 0, 0, 0, 8, 0, 1, 0, 0, 0, 4],
    ...[3, 0x58, 0, 0x59],
  ]);
  assertEquals(await read(recent), { title: "AB", creator: "X" });
});

Deno.test("readId3v2() undoes unsynchronisation, up to its limit", async () => {
  const field = [...letters("TIT2"), 0, 0, 0, 5, 0, 0];
  const body = [...field, 1, 0xff, 0x00, 0xfe, 0x41, 0];
  assertEquals(await read(tagOf(3, 0x80, body)), { title: "A" });
  const padded = [...body, ...new Array(ID3_UNSYNC_BYTES_MAX).fill(0)];
  assertEquals(await read(tagOf(3, 0x80, padded)), {});
});

Deno.test("readId3v2() steps over extended headers and packed fields", async () => {
  const field = [...letters("TIT2"), 0, 0, 0, 2, 0, 0, 3, 0x41];
  const extended = [0, 0, 0, 6, 0, 0, 0, 0, 0, 0];
  assertEquals(await read(tagOf(3, 0x40, [...extended, ...field])), {
    title: "A",
  });
  const packed = [...letters("TIT2"), 0, 0, 0, 2, 0, 0x80, 3, 0x42];
  assertEquals(await read(tagOf(3, 0, [...packed, ...field])), { title: "A" });
});

Deno.test("readId3v2() reads no more fields than its limit", async () => {
  const filler = Object.fromEntries(
    Array.from({ length: ID3_FIELDS_MAX }, (_, i) => [
      `T${String(i).padStart(3, "0")}`,
      "x",
    ]),
  );
  assertEquals(await read(id3Tag({ ...filler, TIT2: "late" })), {});
});

Deno.test("readId3v2() takes no text longer than its limit for a title", async () => {
  const long = "x".repeat(TAG_TEXT_BYTES_MAX);
  assertEquals(await read(id3Tag({ TIT2: long, TPE1: "a" })), { creator: "a" });
});

Deno.test("readId3v2() takes any bytes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.integer({ min: 2, max: 4 }),
      async (bytes, version) => {
        const flags = bytes[0] ?? 0;
        await read(tagOf(version, flags, [...bytes]));
        await read(concatBytes([id3Tag({ TIT2: "a" }), bytes]));
      },
    ),
  );
});

Deno.test("tagBytes() tells tags from what only looks like one", () => {
  assertEquals(tagBytes(id3Tag({}, 500), 0), 520);
  assertEquals(id3v2Bytes(tagOf(4, 0x10, []), 0), 20);
  assertEquals(id3v2Bytes(tagOf(9, 0, []), 0), undefined);
  const high = tagOf(3, 0, []);
  high[7] = 0x80;
  assertEquals(id3v2Bytes(high, 0), undefined);
  assertEquals(tagBytes(new TextEncoder().encode("IDEAL"), 0), undefined);
});

Deno.test({
  name: "readId3v2() reads what ffmpeg writes",
  ignore: ffmpeg.ignore,
  async fn() {
    for (const version of ["3", "4"]) {
      const file = await encode(
        "mp3",
        ...sine(1),
        ...["-metadata", "title=Ärger №1", "-metadata", "artist=日本"],
        ...["-id3v2_version", version],
      );
      const text = await readId3v2(fromBytes(file), {
        offset: 0,
        bytes: id3v2Bytes(file, 0)!,
      });
      assertEquals(text, { title: "Ärger №1", creator: "日本" });
    }
  },
});
