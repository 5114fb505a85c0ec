/**
 * Segments of one live show: files whose positions follow on. A listener hears
 * them as the one recording they were.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { concatBytes } from "../../lib/media/bytes.ts";
import { createMountWriter } from "../../lib/media/mount.ts";
import { OggPageParser } from "../../lib/media/ogg/page_parser.ts";
import { writePages } from "../../lib/media/ogg/page.ts";
import { fromBytes } from "../../lib/media/random_access.ts";
import { openTrack } from "../../lib/media/open.ts";
import type { Packet, TrackInfo } from "../../lib/media/packet.ts";
import { encode, ffmpeg, hear, playTimeMs, readAll, sine } from "./support.ts";

/** A file of some packets whose positions begin at `start`. */
function segment(
  info: TrackInfo,
  packets: Packet[],
  start: number,
  serial: number,
): Uint8Array {
  const place = { serial, sequence: 0 };
  const [head, tags] = info.headers.map((data) => ({ data, granule: 0 }));
  const first = writePages([head!], { ...place, first: true });
  const second = writePages([tags!], { ...place, sequence: 1 });
  let granule = start;
  const paged = packets.map(({ data, durationSamples }) => ({
    data,
    granule: granule += durationSamples,
  }));
  const pages: Uint8Array[] = [];
  let sequence = 1 + second.pages;
  for (let i = 0; i < paged.length; i += 10) {
    const page = writePages(paged.slice(i, i + 10), { ...place, sequence });
    pages.push(page.bytes);
    sequence += page.pages;
  }
  return concatBytes([first.bytes, second.bytes, ...pages]);
}

Deno.test({
  name:
    "ten segments of one show sound, sample by sample, like the show in one piece",
  ignore: ffmpeg.ignore,
  async fn() {
    const whole = await encode(
      "opus",
      ...sine(10, { rate: 48000 }),
      ...["-c:a", "libopus"],
    );
    const { track, packets } = await readAll(whole);
    const plain = packets.map(({ data, durationSamples }) => ({
      data,
      durationSamples,
    }));
    const files = Array.from(
      { length: 10 },
      (_, i) =>
        segment(
          track.info,
          plain.slice(i * 50, i * 50 + 50),
          i * 48000,
          100 + i,
        ),
    );
    const writer = createMountWriter("opus");
    const chunks = [];
    for (const file of files) {
      const part = await openTrack(fromBytes(file));
      chunks.push(...writer.begin(part.info, { title: "Show" }));
      for await (const x of part.packets) chunks.push(...writer.write(x));
      chunks.push(...writer.end());
    }
    const bytes = concatBytes(chunks.map((x) => x.data));
    const links = Map.groupBy(
      new OggPageParser().push(bytes),
      (page) => page.serial,
    );
    assertEquals(links.size, 1);
    const heard = await hear(bytes, "opus");
    const alone = await hear(
      segment(track.info, plain.slice(0, 500), 0, 1),
      "opus",
    );
    assertEquals(heard.pcm.length, alone.pcm.length);
    assertEquals(heard.pcm.length / 2, 480_000 - 312);
    assert(Math.abs(playTimeMs(chunks) - (10_000 - 6.5)) < 1e-6);
    let difference = 0;
    heard.pcm.forEach((x, i) => difference += (x - alone.pcm[i]!) ** 2);
    let sound = 0;
    alone.pcm.forEach((x) => sound += x ** 2);
    const share = Math.sqrt(difference / sound);
    console.log(
      `ten live segments: 0 samples lost, off by ${share.toFixed(5)}`,
    );
    assert(share < 0.01, `${share}`);
  },
});

Deno.test("an item that begins elsewhere than the last one ended has a link of its own", async () => {
  const { info, data } = await silent();
  const writer = createMountWriter("opus");
  const chunks = [];
  for (const start of [48000, 96000, 48000]) {
    const part = await openTrack(fromBytes(segment(info, data, start, 1)));
    assertEquals(part.info.positionSamples, start);
    chunks.push(...writer.begin(part.info));
    for await (const x of part.packets) chunks.push(...writer.write(x));
  }
  chunks.push(...writer.end());
  const pages = new OggPageParser().push(
    concatBytes(chunks.map((x) => x.data)),
  );
  assertEquals(new Set(pages.map((page) => page.serial)).size, 2);
});

async function silent(): Promise<{ info: TrackInfo; data: Packet[] }> {
  const writer = createMountWriter("opus");
  const bytes = concatBytes(
    [...writer.silence(1000), ...writer.end()].map((x) => x.data),
  );
  const { track, packets } = await readAll(bytes);
  return { info: track.info, data: packets };
}
