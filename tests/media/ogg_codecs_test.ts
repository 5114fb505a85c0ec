import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { OGG_COMMENT_BYTES_MAX, OGG_COMMENTS_MAX } from "../../lib/limits.ts";
import { concatBytes } from "../../lib/media/bytes.ts";
import {
  parseComments,
  retitle,
  textOf,
  writeComments,
} from "../../lib/media/ogg/comments.ts";
import { codecOf, OGG_CODECS } from "../../lib/media/ogg/codecs.ts";
import { flacFrameSamples } from "../../lib/media/ogg/flac.ts";
import { silentFlacFrame } from "../../lib/media/ogg/flac_silence.ts";
import { opus, opusPacketSamples } from "../../lib/media/ogg/opus.ts";
import { modeBlockFlags } from "../../lib/media/ogg/vorbis_setup.ts";
import { silentVorbisHeaders } from "../../lib/media/ogg/vorbis_silence.ts";
import { opusInfo } from "./synthetic.ts";

Deno.test("opusPacketSamples() reads the first byte as RFC 6716 has it", () => {
  const rows: [number[], number | undefined][] = [
    [[0x00], 480], // SILK narrowband, 10 ms, one frame
    [[0x18], 2880], // SILK, 60 ms
    [[0x19], 5760], // two of them
    [[0x1b, 0x02], 5760],
    [[0x1b, 0x03], undefined], // 180 ms
    [[0x60], 480], // hybrid, 10 ms
    [[0x68], 960],
    [[0x80], 120], // CELT, 2.5 ms
    [[0xf8], 960],
    [[0xfb, 0x30], undefined], // 960 ms
    [[0xe3, 0x30], 5760], // 48 frames of 2.5 ms
    [[0xfb, 0x00], undefined],
    [[0xfb], undefined],
    [[], undefined],
  ];
  for (const [packet, samples] of rows) {
    assertEquals(opusPacketSamples(new Uint8Array(packet)), samples);
  }
});

Deno.test("flacFrameSamples() reads every block size code", () => {
  const frame = (code: number, ...rest: number[]) =>
    flacFrameSamples(new Uint8Array([0xff, 0xf8, code << 4, 0, ...rest, 0, 0]));
  assertEquals(frame(0, 0), undefined);
  assertEquals(frame(1, 0), 192);
  assertEquals([2, 3, 4, 5].map((x) => frame(x, 0)), [576, 1152, 2304, 4608]);
  assertEquals(frame(6, 0x05, 99), 100);
  assertEquals(frame(7, 0xc2, 0x80, 0x0f, 0xff), 4096);
  assertEquals(frame(12, 0), 4096);
  assertEquals(frame(15, 0), 32768);
  assertEquals(flacFrameSamples(new Uint8Array(9)), undefined);
});

Deno.test("silentFlacFrame() counts frames in one to six bytes", () => {
  const format = { channels: 2, bitsPerSample: 16 };
  const rows: [number, number[]][] = [
    [0, [0]],
    [127, [127]],
    [128, [0xc2, 0x80]],
    [2047, [0xdf, 0xbf]],
    [2048, [0xe0, 0xa0, 0x80]],
    [65536, [0xf0, 0x90, 0x80, 0x80]],
    [2 ** 31 - 1, [0xfd, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf]],
    [2 ** 31, [0]],
  ];
  for (const [index, coded] of rows) {
    const frame = silentFlacFrame(format, index);
    assertEquals([...frame.subarray(4, 4 + coded.length)], coded);
    assertEquals(flacFrameSamples(frame), 4096);
  }
});

Deno.test("modeBlockFlags() finds the modes from the end of the header", () => {
  assertEquals(modeBlockFlags(silentVorbisHeaders()[2]!), [0]);
  assertEquals(modeBlockFlags(new Uint8Array(100)), undefined);
  assertEquals(modeBlockFlags(new Uint8Array(0)), undefined);
});

Deno.test("every codec knows its own silence and nobody else's", () => {
  for (const codec of OGG_CODECS) {
    const { info } = codec.silence();
    const first = info.headers[0]!;
    assertEquals(codecOf(first), codec);
    assertEquals(codec.headerPackets(first), info.headers.length);
    const stream = codec.describe(info.headers)!;
    assertEquals(
      [stream.sampleRate, stream.channels],
      [info.sampleRate, info.channels],
    );
  }
});

Deno.test("every codec's timing agrees with the durations of its silence", () => {
  for (const codec of OGG_CODECS) {
    const silence = codec.silence();
    const timing = codec.timing(silence.info.headers);
    for (let i = 0; i < 300; i++) {
      const packet = silence.packet(i);
      assertEquals(timing(packet.data), packet.durationSamples);
    }
  }
});

Deno.test("no codec minds what its headers and packets hold", () => {
  const mangle = fc.record({
    cut: fc.nat(80),
    at: fc.nat(60),
    value: fc.nat(255),
    packet: fc.uint8Array({ maxLength: 20 }),
  });
  fc.assert(fc.property(mangle, ({ cut, at, value, packet }) => {
    for (const codec of OGG_CODECS) {
      const headers = codec.silence().info.headers.map((x) => {
        const copy = x.slice(0, cut);
        if (at < copy.length) copy[at] = value;
        return copy;
      });
      codec.headerPackets(packet);
      if (codec.headerPackets(headers[0]!) === undefined) continue;
      if (codec.describe(headers) === undefined) continue;
      const timing = codec.timing(headers);
      for (let i = 0; i < 3; i++) {
        const samples = timing(packet);
        if (samples !== undefined && !(samples >= 0)) throw new Error();
      }
    }
  }));
});

Deno.test("opus.mountHeaders() writes title, creator and pre-skip, and keeps the gain", () => {
  const info = {
    ...opusInfo({
      comments: [
        "title=old",
        "ARTIST=old",
        "R128_TRACK_GAIN=-512",
        "METADATA_BLOCK_PICTURE=AAAA",
      ],
    }),
    preSkipSamples: 4000,
  };
  const headers = opus.mountHeaders(info, { title: "Neu", creator: "Wer" });
  const stream = opus.describe(headers)!;
  assertEquals(stream, {
    sampleRate: 48000,
    channels: 2,
    bitrate: 0,
    preSkipSamples: 4000,
    title: "Neu",
    creator: "Wer",
  });
  assertEquals(parseComments(headers[1]!, 8).fields, [
    "TITLE=Neu",
    "ARTIST=Wer",
    "R128_TRACK_GAIN=-512",
  ]);
});

Deno.test("opus.silence() makes a silent frame for every stream of 5.1", () => {
  const info = opusInfo({ channels: 6 });
  const head = concatBytes([
    info.headers[0]!.subarray(0, 18),
    new Uint8Array([1, 4, 2, 0, 4, 1, 2, 3, 5]),
  ]);
  const silence = opus.silence({ ...info, headers: [head, info.headers[1]!] });
  assertEquals(opus.describe(silence.info.headers)?.channels, 6);
  assertEquals([...silence.packet(0).data], [
    ...[0xfc, 2, 0xff, 0xfe],
    ...[0xfc, 2, 0xff, 0xfe],
    ...[0xf8, 2, 0xff, 0xfe],
    ...[0xf8, 0xff, 0xfe],
  ]);
});

Deno.test("comments come back as they were written", () => {
  const fields = fc.array(fc.string({ unit: "binary" }), { maxLength: 20 });
  fc.assert(fc.property(fc.string(), fields, (vendor, x) => {
    const well = [...x].map((y) => y.toWellFormed());
    const comments = { vendor: vendor.toWellFormed(), fields: well };
    const bytes = writeComments(comments);
    const strip = (y: string) => y.replace(/^\uFEFF/, "");
    assertEquals(parseComments(bytes, 0), {
      vendor: strip(comments.vendor),
      fields: well.map(strip),
    });
    for (let end = 0; end < bytes.length; end += 3) {
      parseComments(bytes.subarray(0, end), 0);
    }
  }));
});

Deno.test("parseComments() reads no more fields than its limit", () => {
  const fields = Array.from(
    { length: OGG_COMMENTS_MAX + 1 },
    (_, i) => `A=${i}`,
  );
  const bytes = writeComments({ vendor: "", fields });
  assertEquals(parseComments(bytes, 0).fields.length, OGG_COMMENTS_MAX);
});

Deno.test("retitle() passes on no more than its limit, and the title in any case", () => {
  const fields = [`COMMENT=${"x".repeat(OGG_COMMENT_BYTES_MAX)}`, "ALBUM=a"];
  const out = retitle({ vendor: "v", fields }, { title: "t" });
  assertEquals(out.fields, ["TITLE=t"]);
});

Deno.test("textOf() takes the first title in any case and cleans it", () => {
  const fields = ["Title=One\ttwo\u0000x", "TITLE=2", "artist= a "];
  assertEquals(textOf({ vendor: "", fields }), {
    title: "One two",
    creator: "a",
  });
});
