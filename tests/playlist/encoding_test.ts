import { assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { asUtf8 } from "../../lib/playlist/encoding.ts";
import { codes, item, parse, parseError, pieces, rss1 } from "./documents.ts";

const TITLE = "Käse & Söhne";
const DOCUMENT = rss1(
  item("<title>Käse &amp; Söhne</title><mm:duration>5</mm:duration>"),
);

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function utf16(text: string, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * text.length + 2));
  for (const [i, letter] of [..."\ufeff" + text].entries()) {
    view.setUint16(2 * i, letter.charCodeAt(0), littleEndian);
  }
  return new Uint8Array(view.buffer);
}

async function text(document: Uint8Array, size: number): Promise<string> {
  const found: Uint8Array[] = [];
  for await (const chunk of asUtf8(pieces(document, size))) found.push(chunk);
  return await new Response(new Blob(found as BlobPart[])).text();
}

Deno.test("a playlist is read in the encoding that it is in", async () => {
  const named = (name: string) => DOCUMENT.replace('"UTF-8"', `'${name}'`);
  const documents: [Uint8Array, string[]][] = [
    [latin1(named("ISO-8859-1")), ["encoding:1"]],
    [latin1(named("windows-1252")), ["encoding:1"]],
    [utf16(named("UTF-16"), true), ["encoding:1"]],
    [utf16(named("UTF-16"), false), ["encoding:1"]],
    [new TextEncoder().encode(DOCUMENT), []],
    // It says so, but is not.
    [new TextEncoder().encode(named("UTF-16")), ["encoding:1"]],
    [new TextEncoder().encode(named("x-martian")), ["encoding:1"]],
    [new TextEncoder().encode(`\ufeff${DOCUMENT}`), []],
  ];
  for (const [document, problems] of documents) {
    for (const size of [1, 7, 65536]) {
      const playlist = await parse(document, { size });
      assertEquals(playlist.items[0]?.title, TITLE);
      assertEquals(codes(playlist), problems);
    }
  }
});

Deno.test("what is UTF-8 goes through byte for byte, in whatever pieces", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "grapheme", maxLength: 700 }),
      fc.integer({ min: 1, max: 300 }),
      async (letters, size) => {
        const document = `<?xml version="1.0"?>${letters}`;
        const bytes = new TextEncoder().encode(document);
        assertEquals(await text(bytes, size), document);
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("what is no playlist is told what it looks like", async () => {
  const cases: [string, string][] = [
    ["#EXTM3U\n#EXTINF:3,x\na.mp3\n", "list of a media player"],
    ["\xef\xbb\xbf#EXTM3U\na.mp3\n", "list of a media player"],
    ["[playlist]\nFile1=a.mp3\n", "list of a media player"],
    ['{"error": 404}', "is this JSON?"],
    ["\x1f\x8b\x08\x00", "is it compressed?"],
    ["<!DOCTYPE html><html></html>", "is this a web page?"],
    ["\n<!doctype html><title>404</title>", "is this a web page?"],
    ["<html><p>one<br></html>", "is this a web page?"],
    ["<!DOCTYPE rss PUBLIC 'x' 'y'><rss></rss>", "take it out"],
    ["<html><body></body></html>", "is this a web page?"],
    [rss1(item("<title>You & me</title>")), "write & as &amp;"],
    [rss1(item("<title>a&nbsp;b</title>")), "write & as &amp;"],
  ];
  for (const [document, hint] of cases) {
    const { message } = await parseError(pieces(latin1(document)));
    assertStringIncludes(message, hint);
  }
});
