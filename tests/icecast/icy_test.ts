import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { IcyInterleaver, metadataBlock } from "../../lib/icecast/icy.ts";
import {
  ICY_METADATA_BYTES_MAX,
  ICY_METADATA_INTERVAL_BYTES,
} from "../../lib/limits.ts";
import { deinterleave, streamTitle } from "./deinterleave.ts";

const decoder = new TextDecoder();

function textOf(block: Uint8Array): string {
  assertEquals(block.length, 1 + block[0]! * 16);
  return decoder.decode(block.subarray(1)).replace(/\0+$/, "");
}

function bytes(length: number, seed = 1): Uint8Array {
  let x = seed;
  return Uint8Array.from({ length }, () => {
    x = (x * 1103515245 + 12345) & 0x7fffffff;
    return x >>> 16 & 255;
  });
}

function joined(pieces: Uint8Array[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

Deno.test("a metadata block is what Icecast sends", () => {
  assertEquals(
    metadataBlock({ title: "" }),
    Uint8Array.of(1, ...new TextEncoder().encode("StreamTitle='';\0")),
  );
  assertEquals(
    textOf(metadataBlock({ title: "Äpfel – ☃", url: "http://x/?a=1&b=2" })),
    "StreamTitle='Äpfel – ☃';StreamUrl='http://x/?a=1&b=2';",
  );
});

Deno.test("a title cannot end its own quotes, whatever it is", () => {
  assertEquals(
    textOf(metadataBlock({ title: "Don't stop; 'quoted'; é" })),
    "StreamTitle='Don't stop: 'quoted': é';",
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (title) => {
      const text = textOf(metadataBlock({ title }));
      const shown = streamTitle(text);
      assertEquals(text, `StreamTitle='${shown}';`);
      assertEquals(shown.length, shown.replace(/[;\0\r\n]/g, "").length);
    }),
  );
});

Deno.test("a title of 10 kB is cut between two characters and fits", () => {
  for (const unit of ["a", "é", "☃", "𝄞"]) {
    for (const lead of ["", "x", "xx", "xxx"]) {
      const block = metadataBlock({ title: lead + unit.repeat(10_000) });
      assert(block.length <= 1 + ICY_METADATA_BYTES_MAX);
      assert(block.length > ICY_METADATA_BYTES_MAX - 16);
      const shown = streamTitle(textOf(block));
      assertEquals(shown.replaceAll(unit, "").replace(lead, ""), "");
    }
  }
});

Deno.test("an address that does not fit is left out, the title is not", () => {
  const block = metadataBlock({ title: "T", url: "u".repeat(5000) });
  assertEquals(textOf(block), "StreamTitle='T';");
});

Deno.test("the first block carries the title, the next ones are empty until it changes", () => {
  const icy = new IcyInterleaver();
  const audio = bytes(ICY_METADATA_INTERVAL_BYTES * 4 + 10);
  const one = metadataBlock({ title: "one" });
  const two = metadataBlock({ title: "two" });
  const half = audio.length / 2;
  const stream = joined([
    ...icy.weave(audio.subarray(0, half), one),
    ...icy.weave(audio.subarray(half), two),
  ]);
  const parts = deinterleave(stream, ICY_METADATA_INTERVAL_BYTES);
  assertEquals(parts.audio, audio);
  assertEquals(parts.blocks, 4);
  assertEquals(parts.titles, [
    { atByte: ICY_METADATA_INTERVAL_BYTES, text: "StreamTitle='one';" },
    { atByte: ICY_METADATA_INTERVAL_BYTES * 3, text: "StreamTitle='two';" },
  ]);
});

Deno.test("an independent reader gets the audio and every title back, however the stream is cut", () => {
  const titles = ["a", "b – ☃", "", "x".repeat(300)].map((title) =>
    metadataBlock({ title })
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.tuple(fc.nat(120), fc.nat(3)), { maxLength: 30 }),
      (interval, cuts) => {
        const icy = new IcyInterleaver(interval);
        const stream: Uint8Array[] = [];
        const audio: number[] = [];
        const expected: { atByte: number; text: string }[] = [];
        let shown = -1;
        for (const [length, title] of cuts) {
          const piece = bytes(length, length + 1);
          for (let n = 1; n <= length; n++) {
            const at = audio.length + n;
            if (at % interval !== 0 || shown === title) continue;
            shown = title;
            expected.push({ atByte: at, text: textOf(titles[title]!) });
          }
          audio.push(...piece);
          stream.push(...icy.weave(piece, titles[title]!));
        }
        const parts = deinterleave(joined(stream), interval);
        assertEquals(parts.audio, Uint8Array.from(audio));
        assertEquals(parts.titles, expected);
        assertEquals(parts.blocks, Math.floor(audio.length / interval));
      },
    ),
  );
});

Deno.test("a piece with no block in it is passed on and not copied", () => {
  const icy = new IcyInterleaver();
  const piece = bytes(1000);
  const [only, ...more] = icy.weave(piece, metadataBlock({ title: "x" }));
  assert(only === piece);
  assertEquals(more, []);
});
