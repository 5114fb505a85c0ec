/**
 * One logical stream of Opus for browsers, made of a chain: no second first page,
 * positions that run on, no sound lost but what nobody should hear.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { OggMountWriter } from "../../lib/media/ogg_mount.ts";
import { OggPageParser } from "../../lib/media/ogg/page_parser.ts";
import type { MountChunk } from "../../lib/media/packet.ts";
import { createSingleStream } from "../../lib/media/single_stream.ts";
import {
  bytesOf,
  encode,
  ffmpeg,
  hear,
  mountFiles,
  playTimeMs,
  readAll,
  sine,
} from "./support.ts";
import { makeOpusPackets, opusInfo } from "./synthetic.ts";

const JOINTS = 20;

/** All chunks as a browser gets them. */
function single(chunks: MountChunk[]): MountChunk[] {
  const stream = createSingleStream("audio/ogg")!;
  return chunks.flatMap((chunk) => stream.pass(chunk) ?? []);
}

/** Items with a second of silence behind each. */
function chain(items: number): MountChunk[] {
  const writer = new OggMountWriter("opus");
  const chunks = Array.from({ length: items }, (_, i) => [
    ...writer.begin(opusInfo(), { title: `Item ${i}` }),
    ...makeOpusPackets(100, i).flatMap((packet) => writer.write(packet)),
    ...writer.silence(1000),
  ]).flat();
  return [...chunks, ...writer.end()];
}

Deno.test("a chain of Opus becomes one logical stream, with its titles and its time", () => {
  const before = chain(3);
  const after = single(before);
  const pages = new OggPageParser().push(bytesOf(after));
  assertEquals(pages.filter(({ first }) => first).length, 1);
  assertEquals(pages.filter(({ last }) => last).length, 0);
  assertEquals(new Set(pages.map(({ serial }) => serial)).size, 1);
  assertEquals(pages.map(({ sequence }) => sequence), [...pages.keys()]);
  const granules = pages.map(({ granule }) => granule!);
  assertEquals(granules.toSorted((a, b) => a - b), granules);
  assertEquals(
    after.flatMap(({ title }) => title ?? []),
    before.flatMap(({ title }) => title ?? []),
  );
  const missing = playTimeMs(before) - playTimeMs(after);
  assert(Math.abs(missing) <= 60, `${missing} ms`);
});

Deno.test("whoever comes late to the single stream gets headers of the moment", async () => {
  const after = single(chain(2));
  const at = after.findIndex(({ title }) => title === "Item 1");
  const late = after.slice(at + 1);
  const { track, packets } = await readAll(bytesOf(late));
  assertEquals(track.info.title, "Item 1");
  assert(packets.length > 40);
});

Deno.test("a chain of another codec goes through as it is", () => {
  const writer = new OggMountWriter("flac");
  const chunks = [...writer.silence(3000), ...writer.end()];
  assertEquals(single(chunks), chunks);
  assertEquals(createSingleStream("audio/mpeg"), undefined);
});

Deno.test("behind a link of another codec Opus is one stream again", () => {
  const flac = new OggMountWriter("flac", 900);
  const other = [...flac.silence(1000), ...flac.end()];
  const [before, behind] = [chain(2), chain(2)];
  const after = single([...before, ...other, ...behind]);
  const pages = new OggPageParser().push(bytesOf(after));
  // The first chain, the other codec, the second chain.
  assertEquals(pages.filter(({ first }) => first).length, 3);
  const serials = pages.map(({ serial }) => serial);
  assertEquals(new Set(serials).size, 3);
});

Deno.test({
  name: `${JOINTS} joints of Opus in one logical stream decode without a gap`,
  ignore: ffmpeg.ignore,
  async fn() {
    const words = ["-c:a", "libopus", "-b:a", "96k"];
    const file = await encode("opus", ...sine(2, { rate: 48000 }), ...words);
    const files = Array.from({ length: JOINTS + 1 }, () => file);
    const after = single(await mountFiles(files));
    const { pcm, complaints } = await hear(bytesOf(after), "opus");
    assertEquals(complaints, []);
    const surplus = pcm.length / 2 - (JOINTS + 1) * 2 * 48000;
    console.log(`${surplus} samples over ${JOINTS} joints`);
    assert(Math.abs(surplus) <= 2 * 960, `${surplus}`);
    let quiet = 0;
    let longest = 0;
    for (let i = 0; i < pcm.length; i += 2) {
      quiet = Math.abs(pcm[i]!) < 10 ? quiet + 1 : 0;
      longest = Math.max(longest, quiet);
    }
    assert(longest / 48 < 6.5, `${longest / 48} ms`);
  },
});
