import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { concatBytes } from "../../lib/media/bytes.ts";
import { oggCrc } from "../../lib/media/ogg/crc.ts";
import {
  type PagedPacket,
  parsePage,
  writePages,
} from "../../lib/media/ogg/page.ts";
import { OggPageParser } from "../../lib/media/ogg/page_parser.ts";
import { Packetizer } from "../../lib/media/ogg/packetizer.ts";
import { OGG_PACKET_BYTES_MAX } from "../../lib/limits.ts";
import { cut } from "./support.ts";
import { dullBytes, seeded } from "./synthetic.ts";

/** Packets of the given lengths, with bytes that look like nothing. */
function packets(...lengths: number[]): PagedPacket[] {
  const random = seeded(9);
  return lengths.map((length, i) => ({
    data: dullBytes(length, random),
    granule: (i + 1) * 960,
  }));
}

function pagesOf(file: Uint8Array) {
  const parser = new OggPageParser();
  return [...parser.push(file), ...parser.finish()];
}

function unpack(file: Uint8Array): Uint8Array[] {
  const packetizer = new Packetizer();
  return pagesOf(file).flatMap((x) => packetizer.push(x)).map((x) => x.data);
}

/** The checksum as RFC 3533 words it, bit by bit. */
function slowCrc(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let i = 0; i < 8; i++) {
      crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
    }
  }
  return crc >>> 0;
}

Deno.test("oggCrc() agrees with the slow way, also in two steps", () => {
  fc.assert(fc.property(fc.uint8Array(), fc.nat(100), (bytes, split) => {
    assertEquals(oggCrc(bytes), slowCrc(bytes));
    const at = Math.min(split, bytes.length);
    const head = oggCrc(bytes, 0, at);
    assertEquals(oggCrc(bytes, at, bytes.length, head), slowCrc(bytes));
  }));
});

Deno.test("writePages() puts packets on one page and marks its ends", () => {
  const two = packets(100, 255);
  const { bytes, pages } = writePages(two, {
    serial: 0xfedcba98,
    sequence: 3,
    first: true,
    last: true,
  });
  const page = parsePage(bytes, 0);
  if (page === "short" || page === undefined) throw new Error("no page");
  assertEquals(pages, 1);
  assertEquals([...page.lacing], [100, 255, 0]);
  assertEquals([page.serial, page.sequence], [0xfedcba98, 3]);
  assertEquals([page.first, page.last, page.continued], [true, true, false]);
  assertEquals(page.granule, 1920);
});

Deno.test("writePages() continues a packet that no page can hold", () => {
  const large = packets(10, 70_000, 140_000, 3);
  const { bytes, pages } = writePages(large, { serial: 1, sequence: 0 });
  const found = pagesOf(bytes);
  assertEquals(found.length, pages);
  assertEquals(found.map((x) => x.continued), [false, true, true, true]);
  assertEquals(found.map((x) => x.granule), [960, 1920, undefined, 3840]);
  assertEquals(unpack(bytes), large.map((x) => x.data));
});

Deno.test("writePages() and Packetizer are each other's inverse", () => {
  const lengths = fc.array(
    fc.oneof(
      fc.nat(1000),
      fc.constantFrom(0, 254, 255, 256, 510, 65025, 65026),
    ),
    { minLength: 1, maxLength: 300 },
  );
  fc.assert(
    fc.property(lengths, fc.nat(5000), (x, size) => {
      const list = packets(...x);
      const { bytes } = writePages(list, { serial: 5, sequence: 2 ** 32 - 1 });
      assertEquals(unpack(bytes), list.map((y) => y.data));
      const parser = new OggPageParser();
      const found = cut(bytes, () => size + 1).flatMap((y) => parser.push(y));
      assertEquals(found.length, pagesOf(bytes).length);
    }),
    { numRuns: 30 },
  );
});

Deno.test("writePages() counts granules beyond 32 bits", () => {
  const granule = 2 ** 40 + 12345;
  const { bytes } = writePages([{ data: new Uint8Array(1), granule }], {
    serial: 1,
    sequence: 0,
  });
  assertEquals(pagesOf(bytes)[0]!.granule, granule);
});

Deno.test("OggPageParser finds the same pages byte by byte, with bytes in front and behind", () => {
  const random = seeded(2);
  const pages = [1, 2, 3].map((i) =>
    writePages(packets(50 * i), { serial: 1, sequence: i }).bytes
  );
  const file = concatBytes([
    dullBytes(99, random),
    new TextEncoder().encode("OggOggS"),
    pages[0]!,
    dullBytes(40, random),
    pages[1]!,
    pages[2]!,
    new TextEncoder().encode("OggS"),
  ]);
  const whole = pagesOf(file);
  assertEquals(whole.map((x) => x.sequence), [1, 2, 3]);
  const parser = new OggPageParser();
  const single = [
    ...cut(file, () => 1).flatMap((x) => parser.push(x)),
    ...parser.finish(),
  ];
  assertEquals(single.map((x) => [x.offset, x.body]), [
    ...whole.map((x) => [x.offset, x.body]),
  ]);
});

Deno.test("OggPageParser drops a damaged page and keeps the next, also where lengths were hurt", () => {
  const pages = [0, 1, 2, 3].map((i) =>
    writePages(packets(300, 200), { serial: 1, sequence: i }).bytes
  );
  const offset = pages[0]!.length;
  for (const place of [0, 4, 5, 22, 26, 27, 28, 100, 500]) {
    const file = concatBytes(pages);
    file[offset + place]! ^= 0xff;
    const found = pagesOf(file).map((x) => x.sequence);
    assertEquals(found, [0, 2, 3], `byte ${place}`);
  }
});

Deno.test("OggPageParser takes any bytes", () => {
  const sign = fc.constantFrom(
    [...new TextEncoder().encode("OggS\0")],
    [0x4f, 0x67],
  );
  const bytes = fc.array(fc.oneof(fc.array(fc.nat(255)), sign)).map((x) =>
    new Uint8Array(x.flat())
  );
  fc.assert(fc.property(bytes, (x) => assertEquals(pagesOf(x), [])));
});

Deno.test("Packetizer drops a packet that misses a page, and goes on", () => {
  const list = packets(10, 150_000, 20, 30);
  const { bytes } = writePages(list, { serial: 1, sequence: 0 });
  const pages = pagesOf(bytes);
  const packetizer = new Packetizer();
  const found = pages.filter((_, i) => i !== 1)
    .flatMap((x) => packetizer.push(x));
  assertEquals(found.map((x) => x.data.length), [10, 20, 30]);
});

Deno.test("Packetizer begins in the middle of a packet", () => {
  const list = packets(100_000, 20);
  const { bytes } = writePages(list, { serial: 1, sequence: 0 });
  const packetizer = new Packetizer();
  const found = pagesOf(bytes).slice(1).flatMap((x) => packetizer.push(x));
  assertEquals(found.map((x) => x.data.length), [20]);
});

Deno.test("Packetizer keeps no more of a packet than its limit and says so", () => {
  const list = packets(OGG_PACKET_BYTES_MAX, OGG_PACKET_BYTES_MAX + 1, 5);
  const { bytes } = writePages(list, { serial: 1, sequence: 0 });
  const packetizer = new Packetizer();
  const found = pagesOf(bytes).flatMap((x) => packetizer.push(x));
  assertEquals(found.map((x) => x.data.length), [
    OGG_PACKET_BYTES_MAX,
    OGG_PACKET_BYTES_MAX,
    5,
  ]);
  assertEquals(found.map((x) => x.cut), [false, true, false]);
});
