import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { AlluviumError } from "../../../lib/errors.ts";
import {
  decodeText,
  encodeText,
  isKnownCharset,
} from "../../../lib/icecast/charset.ts";
import { metadataBlock } from "../../../lib/icecast/icy.ts";
import { IcyInterleaver } from "../../../lib/icecast/icy.ts";
import { IcyReader } from "../../../lib/icecast/relay/icy_reader.ts";
import { bodyReader } from "../../../lib/icecast/source/body.ts";
import {
  headBytes,
  lookForSource,
  parseSourceHead,
} from "../../../lib/icecast/source/head.ts";
import { createLiveStream } from "../../../lib/icecast/source/live_streams.ts";
import {
  mediaType,
  sourceInfo,
} from "../../../lib/icecast/source/source_info.ts";
import { concatBytes } from "../../../lib/media/bytes.ts";
import { oggStreams } from "../../support/frames.ts";
import { makeOpusPackets, oggFile, opusInfo } from "../../media/synthetic.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("a source is known by its first bytes, however they are cut", () => {
  const head = "PUT /a HTTP/1.1\r\nHost: x\r\n\r\n";
  for (let n = 1; n < head.length; n++) {
    assertEquals(lookForSource(bytes(head.slice(0, n))), "more", `${n}`);
  }
  assertEquals(lookForSource(bytes(head)), "mine");
  for (const other of ["G", "POST", "PUTT", "SOURCES", "PX", "\u0016\u0003"]) {
    assertEquals(lookForSource(bytes(other)), "http", other);
  }
  assertEquals(headBytes(bytes("SOURCE /a ICE/1.0\n\nrest")), 19);
});

Deno.test("a head is read with and without spaces, in UTF-8 and in Latin-1", () => {
  const latin = Uint8Array.from(
    [...bytes("SOURCE /a ICE/1.0\r\nice-name:J"), 0xfc, 0x72, 0x67, 10, 10],
  );
  const head = parseSourceHead(latin)!;
  assertEquals([head.method, head.target, head.protocol], [
    "SOURCE",
    "/a",
    "ICE/1.0",
  ]);
  assertEquals(head.headers.get("ice-name"), "Jürg");
  const utf8 = parseSourceHead(
    bytes("PUT /b\r\nIce-Name : Jürg \r\nbroken\r\n\r\n"),
  );
  assertEquals([utf8?.protocol, utf8?.headers.get("ice-name")], [
    "HTTP/1.0",
    "Jürg",
  ]);
  assertEquals(parseSourceHead(bytes("GET / HTTP/1.0\r\n\r\n")), undefined);
});

Deno.test("a source's headers become what a mount says about itself", () => {
  const headers = new Map([
    ["ice-name", "Show"],
    ["icy-genre", "Jazz"],
    ["ice-audio-info", "ice-samplerate=48000;bitrate=192;channels=2"],
    ["ice-public", "1"],
    ["ice-description", "x".repeat(5000)],
  ]);
  const { description, ...info } = sourceInfo(headers);
  assertEquals(info, {
    name: "Show",
    genre: "Jazz",
    bitrate: 192_000,
    sampleRate: 48_000,
    channels: 2,
    isPublic: true,
  });
  assertEquals(description?.length, 1000);
  assertEquals(sourceInfo(new Map([["ice-bitrate", "-1"]])), {});
  assertEquals(mediaType("Audio/MPEG; x=y"), "audio/mpeg");
  assertEquals(mediaType("nonsense"), undefined);
});

Deno.test("a chunked body comes out whole, however it is cut", () => {
  fc.assert(fc.property(
    fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 8 }),
    fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 }),
    (pieces, cuts) => {
      const wire = concatBytes([
        ...pieces.flatMap((
          x,
        ) => [bytes(`${x.length.toString(16)};e=1\r\n`), x, bytes("\r\n")]),
        bytes("0\r\nTrailer: x\r\n\r\nleft over"),
      ]);
      const reader = bodyReader(new Map([["transfer-encoding", "chunked"]]));
      const got: Uint8Array[] = [];
      for (let at = 0, i = 0; at < wire.length; i++) {
        const length = cuts[i % cuts.length]!;
        got.push(...reader.push(wire.subarray(at, at + length)));
        at += length;
      }
      assertEquals(
        concatBytes([new Uint8Array(0), ...got]),
        concatBytes([new Uint8Array(0), ...pieces]),
      );
      assertEquals(reader.ended, true);
    },
  ));
});

Deno.test("a body with broken framing, or in another coding, is refused", () => {
  const chunked = () => bodyReader(new Map([["transfer-encoding", "chunked"]]));
  for (const text of ["zz\r\n", "-1\r\n", "2\r\nabc", "f".repeat(2000)]) {
    assertThrows(() => {
      chunked().push(bytes(text + "\r\n"));
    }, AlluviumError);
  }
  assertThrows(
    () => bodyReader(new Map([["transfer-encoding", "gzip"]])),
    AlluviumError,
    "gzip",
  );
  const plain = bodyReader(new Map([["content-length", "3"]]));
  assertEquals(plain.push(bytes("abcdef")), [bytes("abc")]);
  assertEquals(plain.ended, true);
});

Deno.test("titles are sent in an old player's charset, without entities", () => {
  assertEquals([...encodeText("Jürg ☃ Dvořák", "ISO-8859-1")].slice(0, 6), [
    74,
    252,
    114,
    103,
    32,
    63,
  ]);
  assertEquals(
    decodeText(encodeText("Dvořák", "iso-8859-1"), "iso-8859-1"),
    "Dvorák",
  );
  assertEquals(decodeText(encodeText("Привет", "koi8-r"), "koi8-r"), "Привет");
  assertEquals(
    ["utf-8", "windows-1251", "shift_jis", "nonsense"].map(isKnownCharset),
    [true, true, false, false],
  );
  const block = metadataBlock({ title: "é", url: "http://x/" }, "iso-8859-1");
  assertEquals(
    new TextDecoder("iso-8859-1").decode(block.subarray(1)).replace(/\0+$/, ""),
    "StreamTitle='é';StreamUrl='http://x/';",
  );
});

Deno.test("text of no known charset is UTF-8 where it can be, else Latin-1", () => {
  assertEquals(decodeText(bytes("é")), "é");
  assertEquals(decodeText(Uint8Array.of(0xe9)), "é");
  assertEquals(decodeText(Uint8Array.of(0xe9), "nonsense"), "é");
});

Deno.test("an ICY stream is taken apart again, however it is cut", () => {
  const audio = crypto.getRandomValues(new Uint8Array(1000));
  const weaver = new IcyInterleaver(100);
  const [one, two] = ["A'b", "Two"].map((title) => metadataBlock({ title }));
  const wire = concatBytes([
    ...weaver.weave(audio.subarray(0, 500), one!),
    ...weaver.weave(audio.subarray(500), two!),
  ]);
  for (const step of [1, 7, 5000]) {
    const reader = new IcyReader(100);
    const pieces = [];
    for (let at = 0; at < wire.length; at += step) {
      pieces.push(...reader.push(wire.subarray(at, at + step)));
    }
    const data = pieces.flatMap((x) => x.kind === "audio" ? [x.data] : []);
    assertEquals(concatBytes(data), audio);
    const titles = pieces.flatMap((x) => x.kind === "audio" ? [] : [x.title]);
    assertEquals(titles, ["A'b", "Two"]);
  }
});

Deno.test("an Ogg source's links keep their titles, and a title from outside opens a link", () => {
  const stream = createLiveStream("audio/ogg");
  const info = { ...opusInfo(), title: "In the file" };
  const file = oggFile([makeOpusPackets(40), makeOpusPackets(200)], info);
  const half = file.length / 2 | 0;
  const chunks = stream.push(file.subarray(0, half), 0);
  chunks.push(...stream.retitle("From outside"));
  chunks.push(...stream.push(file.subarray(half), 0));
  chunks.push(...stream.end(), ...stream.silence(500));
  const titles = chunks.flatMap(({ title }) =>
    title === undefined ? [] : [title]
  );
  assertEquals(titles, ["In the file", "In the file", "From outside"]);
  assertEquals(oggStreams(concatBytes(chunks.map((x) => x.data))).length, 4);
  assertEquals(stream.info?.codec, "opus");
  assertEquals(stream.garbageBytes, 0);
});
