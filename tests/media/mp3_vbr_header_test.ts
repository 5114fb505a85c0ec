import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseMp3Header } from "../../lib/media/mp3/header.ts";
import {
  isInnerVbrHeader,
  parseVbrHeader,
} from "../../lib/media/mp3/vbr_header.ts";
import { makeFrames, noteFrame } from "./synthetic.ts";

function parse(frame: Uint8Array) {
  return parseVbrHeader(frame, parseMp3Header(frame, 0)!);
}

Deno.test("parseVbrHeader() reads counts, table, delay and padding", () => {
  const toc = Array.from({ length: 100 }, (_, i) => Math.floor(i * 2.56));
  const note = parse(noteFrame({ frames: 1000, bytes: 417_000, toc }))!;
  assertEquals(note.kind, "xing");
  assertEquals([note.frames, note.bytes], [1000, 417_000]);
  assertEquals(note.toc?.length, 100);
  assertAlmostEquals(note.toc![50]!, 0.5);
  assertEquals(note.paddingSamples, undefined);
  const lame = parse(noteFrame({ frames: 10, bytes: 9, padding: 4095 }))!;
  assertEquals([lame.delaySamples, lame.paddingSamples], [576, 4095]);
});

Deno.test("parseVbrHeader() leaves out a table that falls", () => {
  const toc = Array.from({ length: 100 }, (_, i) => i === 50 ? 3 : i);
  assertEquals(parse(noteFrame({ frames: 9, bytes: 9, toc }))?.toc, undefined);
});

Deno.test("parseVbrHeader() reads VBRI with its stretches", () => {
  const frame = makeFrames(1)[0]!;
  const view = new DataView(frame.buffer);
  frame.set(new TextEncoder().encode("VBRI"), 36);
  view.setUint32(46, 100_000);
  view.setUint32(50, 300);
  view.setUint16(54, 4);
  view.setUint16(56, 10);
  view.setUint16(58, 2);
  view.setUint16(60, 75);
  [1000, 2000, 3000, 4000].forEach((x, i) => view.setUint16(62 + i * 2, x));
  const note = parse(frame)!;
  assertEquals([note.kind, note.frames, note.bytes], ["vbri", 300, 100_000]);
  assertEquals(note.toc, [0, 0.1, 0.1 + 0.2, 0.1 + 0.2 + 0.3]);
  assertEquals(note.tocFrames, 300);
});

Deno.test("parseVbrHeader() knows an ordinary frame", () => {
  assertEquals(parse(makeFrames(1)[0]!), undefined);
});

Deno.test("isInnerVbrHeader() wants silent side information too", () => {
  const note = noteFrame({ kind: "Info", frames: 3, bytes: 3 });
  const header = parseMp3Header(note, 0)!;
  assertEquals(isInnerVbrHeader(note, header), true);
  note[10] = 1;
  assertEquals(isInnerVbrHeader(note, header), false);
});

Deno.test("parseVbrHeader() takes any contents", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 400 }),
      fc.constantFrom("Xing", "Info", "VBRI"),
      (bytes, name) => {
        const frame = makeFrames(1)[0]!;
        frame.set(bytes.subarray(0, 377), 40);
        frame.set(new TextEncoder().encode(name), 36);
        const cut = frame.subarray(0, 40 + bytes.length);
        const note = parse(cut);
        if (note?.frames === 0 || note?.bytes === 0) throw new Error("zero");
      },
    ),
  );
});
