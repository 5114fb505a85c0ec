/**
 * Mounts that go on for ever: ten thousand items, and a day of one item, through
 * one writer each. Prints the clock's error and how the heap grew.
 *
 * @module
 */
import { concatBytes } from "../../lib/media/bytes.ts";
import { createMountWriter } from "../../lib/media/mount.ts";
import type { MountWriter } from "../../lib/media/mount_writer.ts";
import { openTrack } from "../../lib/media/open.ts";
import type { MountChunk } from "../../lib/media/packet.ts";
import { fromBytes } from "../../lib/media/random_access.ts";
import { makeFrames, makeOpusPackets, oggFile } from "../media/synthetic.ts";

const ITEMS = 10_000;
const DAY_PACKETS = 24 * 3600 * 50;

const FILES = {
  mp3: concatBytes(makeFrames(100, { padded: true })),
  opus: oggFile([makeOpusPackets(100)]),
};

function heap(): number {
  return Deno.memoryUsage().heapUsed / 2 ** 20;
}

function sum(chunks: MountChunk[]): number {
  return chunks.reduce((ms, x) => ms + x.durationMs, 0);
}

async function playItem(writer: MountWriter, file: Uint8Array) {
  const track = await openTrack(fromBytes(file));
  let ms = sum(writer.begin(track.info));
  for await (const packet of track.packets) ms += sum(writer.write(packet));
  return ms;
}

async function manyItems(codec: "mp3" | "opus"): Promise<void> {
  const writer = createMountWriter(codec);
  let ms = 0;
  for (let i = 0; i < ITEMS / 10; i++) {
    ms += await playItem(writer, FILES[codec]);
  }
  const before = heap();
  for (let i = ITEMS / 10; i < ITEMS; i++) {
    ms += await playItem(writer, FILES[codec]);
  }
  ms += sum(writer.end());
  const each = codec === "mp3" ? 115_200_000 / 44100 : 2000 - 6.5;
  console.log(
    `${ITEMS} items of ${codec}: clock off by ${
      (ms - ITEMS * each).toFixed(6)
    } ms,` +
      ` heap ${before.toFixed(1)} to ${heap().toFixed(1)} MiB`,
  );
}

async function oneDay(): Promise<void> {
  const writer = createMountWriter("opus");
  const track = await openTrack(fromBytes(FILES.opus));
  const [packet] = makeOpusPackets(1);
  let ms = sum(writer.begin(track.info));
  const before = heap();
  for (let i = 0; i < DAY_PACKETS; i++) ms += sum(writer.write(packet!));
  ms += sum(writer.end());
  const off = ms - (DAY_PACKETS * 20 - 6.5);
  console.log(
    `24 h of one item: clock off by ${off.toFixed(6)} ms,` +
      ` heap ${before.toFixed(1)} to ${heap().toFixed(1)} MiB`,
  );
}

await manyItems("mp3");
await manyItems("opus");
await oneDay();
