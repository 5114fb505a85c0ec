import { assert, assertEquals } from "@std/assert";
import { concatBytes } from "../../lib/media/bytes.ts";
import { openTrack } from "../../lib/media/open.ts";
import { LinkReader } from "../../lib/media/ogg/link_reader.ts";
import { writePages } from "../../lib/media/ogg/page.ts";
import { OggPageParser } from "../../lib/media/ogg/page_parser.ts";
import type { Packet } from "../../lib/media/packet.ts";
import {
  bytesOf,
  CountingSource,
  encode,
  ffmpeg,
  hear,
  mountFiles,
  packetHashes,
  packetsOf,
  readAll,
  sine,
} from "./support.ts";
import { makeOpusPackets, oggFile, opusInfo } from "./synthetic.ts";

function data(packets: Packet[]): Uint8Array[] {
  return packets.map((x) => x.data);
}

Deno.test("openTrack() gives the packets of an Opus file as they are, and trims the last", async () => {
  const packets = makeOpusPackets(120);
  packets.at(-1)!.trimEndSamples = 500;
  const info = { ...opusInfo(), title: "From the file" };
  const { track, packets: found } = await readAll(oggFile([packets], info));
  assertEquals(data(found), data(packets));
  assertEquals(found.at(-1)!.trimEndSamples, 500);
  assertEquals(found[0]!.trimEndSamples, undefined);
  assertEquals(track.info.preSkipSamples, 312);
  assertEquals(track.info.title, "From the file");
});

Deno.test("openTrack() follows a chain and says where each link begins", async () => {
  const first = makeOpusPackets(50, 1);
  const second = makeOpusPackets(60, 2);
  const file = oggFile([first, second]);
  const { packets } = await readAll(file);
  assertEquals(data(packets), data([...first, ...second]));
  assertEquals(packets.findIndex((x) => x.restart), 50);
});

Deno.test("openTrack() passes over links that do not fit behind the first", async () => {
  const packets = makeOpusPackets(30);
  const stereo = oggFile([packets]);
  const mono = oggFile([makeOpusPackets(30, 5)], opusInfo({ channels: 1 }));
  const file = concatBytes([stereo, mono, stereo]);
  const { packets: found } = await readAll(file);
  assertEquals(data(found), data([...packets, ...packets]));
});

Deno.test("openTrack() opens Opus at the very sample, 80 ms early and hidden", async () => {
  const packets = makeOpusPackets(3000);
  const file = oggFile([packets]);
  for (const startMs of [1, 79, 81, 12345.5, 33333, 59000]) {
    const source = new CountingSource(file);
    const track = await openTrack(source, { startMs });
    const found = await packetsOf(track);
    const sample = Math.round(startMs * 48) + 312;
    const index = packets.length - found.length;
    assertEquals(data(found), data(packets.slice(index)));
    assertEquals(track.info.preSkipSamples, sample - index * 960);
    assertEquals(index, Math.max(0, Math.floor((sample - 3840) / 960)));
    assert(Math.abs(track.startMs - startMs) < 0.02);
  }
});

Deno.test("openTrack() opens a chain in any of its links", async () => {
  const links = [1, 2, 3, 4].map((i) => makeOpusPackets(400 + i, i));
  const file = oggFile(links);
  const starts = [0, 401, 803, 1206].map((x) => x * 20);
  for (let i = 0; i < links.length; i++) {
    const startMs = starts[i]! - i * 6.5 + 4000;
    const { track, packets } = await readAll(file, { startMs });
    assert(Math.abs(track.startMs - startMs) < 0.05, `${track.startMs}`);
    const expected = [links[i]!.slice(196), ...links.slice(i + 1)].flat();
    assertEquals(data(packets), data(expected), `link ${i}`);
  }
});

Deno.test("openTrack() past the end of an Ogg file gives its length and no packets", async () => {
  const file = oggFile([makeOpusPackets(100), makeOpusPackets(100, 2)]);
  const { track, packets } = await readAll(file, { startMs: 60_000 });
  assertEquals(packets, []);
  assertEquals(track.startMs, 2 * (2000 - 6.5));
});

Deno.test("openTrack() reads a file that was cut from a longer stream", async () => {
  const packets = makeOpusPackets(100);
  const pages = packets.map((packet, i) =>
    writePages([{ data: packet.data, granule: 1_000_000 + (i + 1) * 960 }], {
      serial: 7,
      sequence: 2 + i,
      last: i === 99,
    }).bytes
  );
  const head = oggFile([packets.slice(0, 1)]);
  const headers = new OggPageParser().push(head).slice(0, 2)
    .reduce((sum, x) => sum + x.bytes, 0);
  const renamed = concatBytes([head.subarray(0, headers), ...pages]);
  const { packets: found } = await readAll(renamed);
  assertEquals(data(found), data(packets));
  const late = await readAll(renamed, { startMs: 1000 });
  assert(Math.abs(late.track.startMs - 1000) < 0.05);
  assertEquals(late.packets.length, 100 - 46);
});

Deno.test("openTrack() of a long Ogg file reads about seven leaves on the way", async () => {
  const file = oggFile([makeOpusPackets(30_000)]);
  for (const startMs of [1000, 100_000, 300_000, 599_000]) {
    const source = new CountingSource(file);
    const track = await openTrack(source, { startMs });
    await track.packets.getReader().read();
    assert(source.bytesFetched < 8 * 16384, `${source.bytesFetched} bytes`);
    assert(source.bytesFetched < source.size * 0.03);
  }
});

Deno.test("LinkReader takes no trimming that is longer than the page", () => {
  const packets = makeOpusPackets(4);
  const page = (granule: number, sequence: number, last: boolean) =>
    writePages(
      packets.slice(0, 2).map((x) => ({ data: x.data, granule })),
      { serial: 1, sequence, last },
    ).bytes;
  const [one, two] = new OggPageParser().push(
    concatBytes([page(1920, 2, false), page(0, 3, true)]),
  );
  const info = opusInfo();
  const { codec } = readerLink(info);
  const reader = new LinkReader({ serial: 1, codec, info });
  assertEquals(reader.push(one!).length, 2);
  assertEquals(reader.push(two!).map((x) => x.packet.trimEndSamples), [
    undefined,
    undefined,
  ]);
});

Deno.test("LinkReader drops whole packets that trimming covers", () => {
  const packets = makeOpusPackets(4).map((x) => ({ data: x.data, granule: 0 }));
  packets[3]!.granule = 1000;
  const { bytes } = writePages(packets, { serial: 1, sequence: 2, last: true });
  const info = opusInfo();
  const reader = new LinkReader({ ...readerLink(info), info });
  const found = reader.push(new OggPageParser().push(bytes)[0]!);
  assertEquals(found.map((x) => x.packet.trimEndSamples), [undefined, 920]);
});

/** A link as a reader finds it. */
function readerLink(info: ReturnType<typeof opusInfo>) {
  const reader = new LinkReader();
  for (
    const page of new OggPageParser().push(oggFile([makeOpusPackets(1)], info))
  ) {
    reader.push(page);
  }
  return { ...reader.link!, serial: 1 };
}

const ROWS: [string, string[]][] = [
  ["opus", [...sine(4, { rate: 48000 }), "-c:a", "libopus", "-b:a", "96k"]],
  ["opus", [
    ...sine(4, { rate: 48000, channels: 1 }),
    ...["-c:a", "libopus", "-b:a", "24k", "-frame_duration", "60"],
  ]],
  ["opus", [
    ...sine(4, { rate: 48000 }),
    ...["-c:a", "libopus", "-frame_duration", "2.5"],
  ]],
  ["opus", [
    ...sine(4, { rate: 48000, channels: 6 }),
    ...["-c:a", "libopus", "-mapping_family", "1"],
  ]],
  ["ogg", [...sine(4), "-c:a", "libvorbis", "-q:a", "4"]],
  ["ogg", [...sine(4, { channels: 1, rate: 8000 }), "-c:a", "libvorbis"]],
  ["oga", [...sine(4), "-c:a", "flac"]],
  ["oga", [...sine(4, { rate: 96000 }), "-c:a", "flac", "-sample_fmt", "s32"]],
];

Deno.test({
  name: "an Ogg mount carries the packets of every codec as ffprobe sees them",
  ignore: ffmpeg.ignore,
  async fn() {
    for (const [extension, args] of ROWS) {
      const file = await encode(extension, ...args);
      const out = bytesOf(await mountFiles([file]));
      assertEquals(
        await packetHashes(out, extension),
        await packetHashes(file, extension),
        args.join(" "),
      );
    }
  },
});

Deno.test({
  name: "an Ogg file opened in the middle sounds like the rest of it",
  ignore: ffmpeg.ignore,
  async fn() {
    for (const [extension, args] of ROWS) {
      const file = await encode(extension, ...args);
      const whole = (await hear(file, extension)).pcm;
      const { track, packets } = await readAll(file, { startMs: 2500 });
      const out = oggFile([packets], track.info);
      const { pcm, complaints } = await hear(out, extension);
      assertEquals(complaints, [], args.join(" "));
      const { channels, sampleRate, codec } = track.info;
      const from = Math.round(track.startMs / 1000 * sampleRate) * channels;
      // ffmpeg 5 gives a little more or less at the edges of Vorbis.
      const slack = codec === "vorbis" ? 1024 * channels : 0;
      const missing = whole.length - from - pcm.length;
      assert(Math.abs(missing) <= slack, `${args}: ${missing} samples`);
      if (codec !== "vorbis") assertAlike(pcm, whole.subarray(from), codec);
    }
  },
});

/** Lossless is equal; Opus settles within its pre-roll to nearly the same. */
function assertAlike(a: Int16Array, b: Int16Array, codec: string): void {
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    worst = Math.max(worst, Math.abs(a[i]! - b[i]!));
  }
  assert(worst <= (codec === "flac" ? 0 : 300), `${codec}: ${worst}`);
}
