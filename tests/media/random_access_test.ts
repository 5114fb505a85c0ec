import { assertEquals, assertRejects } from "@std/assert";
import { concatBytes } from "../../lib/media/bytes.ts";
import {
  type PacketParser,
  packetStream,
  readBlock,
} from "../../lib/media/packet_stream.ts";
import { fromBytes, streamFrom } from "../../lib/media/random_access.ts";
import { CountingSource } from "./support.ts";

const BYTES = Uint8Array.from({ length: 50_000 }, (_, i) => i % 251);

Deno.test("streamFrom() gives the bytes from an offset, block by block", async () => {
  const source = new CountingSource(BYTES);
  const blocks = await Array.fromAsync(streamFrom(source, 16_380));
  assertEquals(blocks.map((x) => x.length), [4, 16_384, 16_384, 848]);
  assertEquals(concatBytes(blocks), BYTES.subarray(16_380));
});

Deno.test("readBlock() never asks for a leaf in two halves", async () => {
  const source = fromBytes(BYTES);
  assertEquals((await readBlock(source, 0)).length, 16_384);
  assertEquals((await readBlock(source, 16_383)).length, 1);
  assertEquals((await readBlock(source, 49_999)).length, 1);
  assertEquals((await readBlock(source, 50_000)).length, 0);
});

Deno.test("fromBytes() gives what there is, and heeds an abort", async () => {
  const source = fromBytes(BYTES);
  assertEquals((await source.read(49_990, 100)).length, 10);
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(() => source.read(0, 1, signal), Error, "enough");
});

Deno.test("packetStream() reads nothing before it is asked, and stops when cancelled", async () => {
  const source = new CountingSource(BYTES);
  const parser: PacketParser = {
    skippable: 0,
    skip() {},
    push: (data) => [{ data, durationSamples: 1 }],
    finish: () => [],
  };
  const reader = packetStream(source, 0, parser).getReader();
  assertEquals(source.reads, 0);
  await reader.read();
  assertEquals(source.reads, 1);
  await reader.cancel();
  assertEquals(source.reads, 1);
});

Deno.test("packetStream() leaves out what the parser does not need", async () => {
  const source = new CountingSource(BYTES);
  let skippable = 40_000;
  const parser: PacketParser = {
    get skippable() {
      return skippable;
    },
    skip: (count) => void (skippable -= count),
    push: (data) => [{ data, durationSamples: 1 }],
    finish: () => [],
  };
  const packets = await Array.fromAsync(packetStream(source, 0, parser));
  assertEquals(packets.map((x) => x.data.length), [9_152, 848]);
  assertEquals([...source.leaves], [2, 3]);
});
