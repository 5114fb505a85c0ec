import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { SILENCE_MS_MAX } from "../../lib/limits.ts";
import { createMountWriter } from "../../lib/media/mount.ts";
import {
  displayTitle,
  type MountWriter,
} from "../../lib/media/mount_writer.ts";
import { OggPageParser } from "../../lib/media/ogg/page_parser.ts";
import type {
  Codec,
  MountChunk,
  Packet,
  TrackInfo,
} from "../../lib/media/packet.ts";
import { concatBytes } from "../../lib/media/bytes.ts";
import { SampleClock } from "../../lib/media/sample_clock.ts";
import {
  bytesOf,
  ffmpeg,
  hear,
  packetsOf,
  playTimeMs,
  readAll,
} from "./support.ts";
import { openTrack } from "../../lib/media/open.ts";
import { fromBytes } from "../../lib/media/random_access.ts";
import { makeFrames, makeOpusPackets, opusInfo } from "./synthetic.ts";

const CODECS: Codec[] = ["mp3", "opus", "vorbis", "flac"];

const MP3: TrackInfo = {
  codec: "mp3",
  sampleRate: 44100,
  channels: 2,
  bitrate: 128_000,
  headers: [],
};

function mp3Packets(count: number, seed = 1): Packet[] {
  return makeFrames(count, { seed })
    .map((data) => ({ data, durationSamples: 1152 }));
}

/** An item that fits a fresh mount of either kind. */
function item(codec: "mp3" | "opus", count: number, seed = 1) {
  return codec === "mp3"
    ? { info: MP3, packets: mp3Packets(count, seed) }
    : { info: opusInfo(), packets: makeOpusPackets(count, seed) };
}

function play(
  writer: MountWriter,
  { info, packets }: { info: TrackInfo; packets: Packet[] },
  title = "t",
): MountChunk[] {
  return [
    ...writer.begin(info, { title }),
    ...packets.flatMap((x) => writer.write(x)),
  ];
}

Deno.test("a mount gives back the packets it took, over many items", async () => {
  for (const codec of ["mp3", "opus"] as const) {
    const writer = createMountWriter(codec);
    const items = [70, 1, 33, 250].map((n, i) => item(codec, n, i));
    const chunks = [...items.flatMap((x) => play(writer, x)), ...writer.end()];
    const { packets } = await readAll(bytesOf(chunks));
    assertEquals(
      packets.map((x) => x.data),
      items.flatMap((x) => x.packets.map((y) => y.data)),
    );
  }
});

Deno.test("a mount says its title on the first chunk of an item and on no other", () => {
  for (const codec of ["mp3", "opus"] as const) {
    const writer = createMountWriter(codec);
    const chunks = [
      ...play(writer, item(codec, 60), "one"),
      ...play(writer, item(codec, 60), "two"),
      ...writer.silence(500, { title: "Pause", creator: "Radio" }),
      ...writer.silence(500, { title: "Pause", creator: "Radio" }),
      ...writer.end(),
    ];
    const titles = chunks.flatMap((x) => x.title === undefined ? [] : x.title);
    assertEquals(titles, ["one", "two", "Radio - Pause"]);
    assertEquals(chunks[0]!.title, "one");
  }
});

Deno.test("a mount uses the file's own tags where the playlist says nothing", () => {
  const writer = createMountWriter("mp3");
  writer.begin({ ...MP3, title: "T", creator: "C" });
  const chunks = [...mp3Packets(9).flatMap((x) => writer.write(x))];
  assertEquals(chunks[0]!.title, "C - T");
  assertEquals(displayTitle({ title: "T", creator: "" }), "T");
});

Deno.test("chunks play between 100 and 250 ms, and a listener may start at each", () => {
  for (const codec of ["mp3", "opus"] as const) {
    const writer = createMountWriter(codec);
    const chunks = play(writer, item(codec, 500));
    assert(chunks.length > 10);
    for (const { durationMs, header } of chunks) {
      assert(durationMs >= 100 && durationMs <= 250, `${durationMs} ms`);
      assert(header !== undefined);
    }
  }
});

Deno.test("the sum of chunks and of what is held back is the play time, to the sample", () => {
  for (const codec of CODECS) {
    const writer = createMountWriter(codec);
    let sum = 0;
    let asked = 0;
    // An hour in odd pieces.
    for (let i = 0; i < 360; i++) {
      const missing = (i + 1) * 9_999.37 - (sum + writer.heldMs);
      sum += playTimeMs(writer.silence(Math.max(0, missing)));
      asked += 9_999.37;
      const over = sum + writer.heldMs - asked;
      assert(over > -1e-6 && over < 100, `${codec}: ${over} ms too much`);
    }
    sum += playTimeMs(writer.end());
    assertEquals(writer.heldMs, 0);
    const rate = codec === "opus" ? 48000 : 44100;
    const samples = sum * rate / 1000;
    assert(Math.abs(samples - Math.round(samples)) < 1e-3, codec);
  }
});

Deno.test("play time stays exact over a day of items", () => {
  const clock = new SampleClock(44100);
  let sum = 0;
  let samples = 0;
  for (let i = 0; i < 24 * 3600 * 7; i++) {
    sum += clock.advance(6912);
    samples += 6912;
  }
  assert(Math.abs(sum - samples * 1000 / 44100) < 0.001);
  clock.setRate(48000);
  assert(Math.abs(clock.advance(48000) - 1000) < 1e-6);
});

Deno.test("a mount is fixed by its first item, not by silence before it", () => {
  const mono = { ...MP3, channels: 1 };
  const writer = createMountWriter("mp3");
  writer.silence(1000);
  assertEquals(writer.accepts(mono), true);
  writer.begin(mono);
  assertEquals(writer.accepts(MP3), false);
  assertEquals(writer.accepts({ ...mono, sampleRate: 48000 }), false);
  assertEquals(writer.accepts(opusInfo()), false);
  assertThrows(() => writer.begin(MP3), RangeError, "44100 Hz, 2 channels");
  const ogg = createMountWriter("opus");
  ogg.begin(opusInfo());
  assertEquals(ogg.accepts(opusInfo({ channels: 1 })), false);
  assertEquals(ogg.accepts(MP3), false);
  assertThrows(() => ogg.begin(MP3), RangeError);
});

Deno.test("a mount refuses a packet of no item, and silence beyond its limit", () => {
  for (const codec of CODECS) {
    const writer = createMountWriter(codec);
    const packet = { data: new Uint8Array(1), durationSamples: 1 };
    assertThrows(() => writer.write(packet), RangeError);
    assertThrows(() => writer.silence(SILENCE_MS_MAX + 1), RangeError);
    assertThrows(() => writer.silence(-1), RangeError);
    assertThrows(() => writer.silence(NaN), RangeError);
    assertEquals(writer.silence(0), []);
    assertEquals(writer.end(), []);
  }
});

Deno.test("an MP3 mount mutes pre-roll behind something else, and only there", () => {
  const packets = mp3Packets(6);
  for (const packet of packets) packet.data[10] = 0x55;
  packets[0]!.preroll = true;
  packets[1]!.preroll = true;
  const fresh = createMountWriter("mp3");
  const first = [...play(fresh, { info: MP3, packets }), ...fresh.end()];
  assertEquals(bytesOf(first), concatBytes(packets.map((x) => x.data)));
  const second = bytesOf([
    ...play(fresh, { info: MP3, packets }),
    ...fresh.end(),
  ]);
  const sideInfo = [0, 1, 2].map((i) => second[i * 417 + 10]);
  assertEquals(sideInfo, [0, 0, 0x55]);
});

Deno.test("an Ogg mount gives each link a serial of its own, its first and its last page", () => {
  const writer = createMountWriter("opus");
  const chunks = [
    ...play(writer, item("opus", 100)),
    ...writer.silence(1000),
    ...play(writer, item("opus", 1)),
    ...play(writer, item("opus", 100)),
    ...writer.end(),
  ];
  const pages = new OggPageParser().push(bytesOf(chunks));
  const links = Map.groupBy(pages, (x) => x.serial);
  assertEquals(links.size, 4);
  for (const link of links.values()) {
    assertEquals(link.map((x) => x.sequence), link.map((_, i) => i));
    assertEquals(link.filter((x) => x.first).length, 1);
    assertEquals(link.filter((x) => x.last).length, 1);
    assertEquals([link[0]!.first, link.at(-1)!.last], [true, true]);
    const granules = link.map((x) => x.granule ?? 0);
    assertEquals(granules, granules.toSorted((a, b) => a - b));
  }
});

Deno.test("an item of an Ogg mount that is begun and gets no packet leaves no trace", () => {
  const writer = createMountWriter("opus");
  writer.begin(opusInfo());
  assertEquals(writer.begin(opusInfo()), []);
  assertEquals(writer.end(), []);
});

Deno.test("a late listener of an Ogg mount gets headers and hears from there on", async () => {
  const writer = createMountWriter("opus");
  const { info, packets } = item("opus", 300);
  const chunks = [...play(writer, { info, packets }), ...writer.end()];
  const late = chunks[12]!;
  const joined = concatBytes([late.header!, bytesOf(chunks.slice(12))]);
  const found = await packetsOf(await openTrack(fromBytes(joined)));
  const before = chunks.slice(0, 12).length * 10;
  assertEquals(
    found.map((x) => x.data),
    packets.slice(before).map((x) => x.data),
  );
});

Deno.test("an Ogg mount carries on through the links of one file", () => {
  const writer = createMountWriter("opus");
  const packets = makeOpusPackets(40);
  packets[20]!.restart = opusInfo({ preSkip: 100 });
  const chunks = [
    ...play(writer, { info: opusInfo(), packets }, "T"),
    ...writer.end(),
  ];
  assertEquals(chunks.filter((x) => x.title === "T").length, 2);
  assert(Math.abs(playTimeMs(chunks) - (800 - 412 / 48)) < 1e-9);
});

Deno.test("any order of calls keeps the clock and never breaks a mount", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("item" as const), packets: fc.nat(40) }),
    fc.record({ kind: fc.constant("silence" as const), ms: fc.nat(700) }),
    fc.constant({ kind: "end" as const }),
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 12 }),
      fc.constantFrom("mp3" as const, "opus" as const),
      (steps, codec) => {
        const writer = createMountWriter(codec);
        let sum = 0;
        let expected = 0;
        for (const x of steps) {
          const before = sum + writer.heldMs;
          const chunks = x.kind === "end"
            ? writer.end()
            : x.kind === "silence"
            ? writer.silence(x.ms)
            : play(writer, item(codec, x.packets));
          sum += playTimeMs(chunks);
          const grown = sum + writer.heldMs - before;
          if (x.kind === "end") assert(Math.abs(grown) < 1e-6);
          if (x.kind === "silence") {
            assert(grown > x.ms - 1e-6 && grown < x.ms + 27, `${grown}`);
          }
          expected += grown;
        }
        sum += playTimeMs(writer.end());
        assert(Math.abs(sum - expected) < 1e-6);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test({
  name: "silence of every mount decodes to zeros without a complaint",
  ignore: ffmpeg.ignore,
  async fn() {
    for (const codec of CODECS) {
      const writer = createMountWriter(codec);
      const chunks = [
        ...writer.silence(700, { title: "x" }),
        ...writer.silence(1300),
        ...writer.end(),
      ];
      const { pcm, complaints } = await hear(bytesOf(chunks), writer.extension);
      assertEquals(complaints, [], codec);
      assertEquals(pcm.some((x) => x !== 0), false, codec);
      const rate = codec === "opus" ? 48000 : 44100;
      const heardMs = pcm.length / 2 / rate * 1000;
      assert(
        Math.abs(heardMs - playTimeMs(chunks)) < 25,
        `${codec}: ${heardMs}`,
      );
    }
  },
});
