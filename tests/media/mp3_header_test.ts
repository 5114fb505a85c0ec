import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  mainDataBytes,
  parseMp3Header,
  sameStream,
  sideInfoBytes,
} from "../../lib/media/mp3/header.ts";

function parse(...bytes: number[]) {
  return parseMp3Header(new Uint8Array(bytes), 0);
}

Deno.test("parseMp3Header() reads every version, layer and mode", () => {
  const rows: [number[], Partial<ReturnType<typeof parse>>][] = [
    [[0xff, 0xfb, 0x90, 0x00], {
      version: 1,
      layer: 3,
      bitrate: 128_000,
      sampleRate: 44100,
      channels: 2,
      crc: false,
      bytes: 417,
      samples: 1152,
    }],
    [[0xff, 0xfb, 0x92, 0xc0], { channels: 1, bytes: 418 }],
    [[0xff, 0xfa, 0xe4, 0x40], {
      crc: true,
      bitrate: 320_000,
      sampleRate: 48000,
      bytes: 960,
    }],
    [[0xff, 0xf3, 0x80, 0x00], {
      version: 2,
      bitrate: 64_000,
      sampleRate: 22050,
      bytes: 208,
      samples: 576,
    }],
    // The rate that libshout gets wrong.
    [[0xff, 0xe3, 0x44, 0x00], {
      version: 2.5,
      bitrate: 32_000,
      sampleRate: 12000,
      bytes: 192,
      samples: 576,
    }],
    [[0xff, 0xe3, 0x48, 0xc0], { sampleRate: 8000, bytes: 288 }],
    [[0xff, 0xfd, 0x94, 0x00], {
      layer: 2,
      bitrate: 160_000,
      bytes: 480,
      samples: 1152,
    }],
    [[0xff, 0xff, 0x92, 0x00], {
      layer: 1,
      bitrate: 288_000,
      bytes: 316,
      samples: 384,
    }],
  ];
  for (const [bytes, expected] of rows) {
    const header = parse(...bytes)!;
    for (const [key, value] of Object.entries(expected!)) {
      assertEquals(
        header[key as keyof typeof header],
        value,
        `${bytes}: ${key}`,
      );
    }
  }
});

Deno.test("parseMp3Header() refuses what is reserved and free format", () => {
  assertEquals(parse(0xff, 0xfb, 0x00, 0x00), undefined, "free format");
  assertEquals(parse(0xff, 0xfb, 0xf0, 0x00), undefined, "bit rate 15");
  assertEquals(parse(0xff, 0xfb, 0x9c, 0x00), undefined, "sampling rate 3");
  assertEquals(parse(0xff, 0xeb, 0x90, 0x00), undefined, "version 1");
  assertEquals(parse(0xff, 0xf9, 0x50, 0x80), undefined, "ADTS is layer 0");
  assertEquals(parse(0xff, 0x1b, 0x90, 0x00), undefined, "no sync");
  assertEquals(parse(0xff, 0xfb, 0x90), undefined, "short");
});

Deno.test("parseMp3Header() takes any four bytes, and no frame is endless", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (x) => {
    const header = parseMp3Header(x, 0);
    if (header === undefined) return;
    if (header.bytes < 24 || header.bytes > 1732) throw new Error();
    if (header.layer === 3 && mainDataBytes(header) > header.bytes) {
      throw new Error();
    }
  }));
});

Deno.test("sameStream() lets bit rate and padding change, not rate or channels", () => {
  const base = parse(0xff, 0xfb, 0x90, 0x00)!;
  assertEquals(sameStream(base, parse(0xff, 0xfa, 0xe2, 0x40)!), true);
  assertEquals(sameStream(base, parse(0xff, 0xfb, 0x94, 0x00)!), false);
  assertEquals(sameStream(base, parse(0xff, 0xfb, 0x90, 0xc0)!), false);
  assertEquals(sameStream(base, parse(0xff, 0xfd, 0x90, 0x00)!), false);
});

Deno.test("sideInfoBytes() follows version and channels", () => {
  assertEquals(sideInfoBytes({ version: 1, channels: 2 }), 32);
  assertEquals(sideInfoBytes({ version: 1, channels: 1 }), 17);
  assertEquals(sideInfoBytes({ version: 2, channels: 2 }), 17);
  assertEquals(sideInfoBytes({ version: 2.5, channels: 1 }), 9);
});
