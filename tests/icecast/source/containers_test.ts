import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Mount } from "../../../lib/icecast/mount.ts";
import { createLiveStream } from "../../../lib/icecast/source/live_streams.ts";
import type { LiveStream } from "../../../lib/icecast/source/live_stream.ts";
import {
  EBML_ELEMENT_BYTES_MAX,
  EBML_HEADER_BYTES_MAX,
  EBML_TRACKS_MAX,
} from "../../../lib/limits.ts";
import { concatBytes } from "../../../lib/media/bytes.ts";
import { writePages } from "../../../lib/media/ogg/page.ts";
import type { MountChunk, TrackInfo } from "../../../lib/media/packet.ts";
import { TsMountWriter } from "../../../lib/media/ts_mount.ts";
import { element, numberElement } from "../../../lib/media/webm/ebml.ts";
import { EbmlReader } from "../../../lib/media/webm/ebml_reader.ts";
import { IDS } from "../../../lib/media/webm/ids.ts";
import { readNumber } from "../../../lib/media/webm/read_ebml.ts";
import { WebmMountWriter } from "../../../lib/media/webm_mount.ts";
import {
  makeFrames,
  makeOpusPackets,
  opusInfo,
} from "../../media/synthetic.ts";
import { FakeClock } from "../../support/fakeclock.ts";
import { FakePlayer } from "../fake_player.ts";

const FILM: TrackInfo = {
  ...opusInfo(),
  video: { codec: "vp8", width: 320, height: 240, headers: [] },
};

/** A film of 20 ms packets, a picture each 40 ms, a key picture each second. */
function film(seconds: number): Uint8Array {
  const writer = new WebmMountWriter({ codec: "opus", video: "vp8" });
  const chunks = writer.begin(FILM, { title: "Film" });
  makeOpusPackets(seconds * 50).forEach((packet, i) => {
    const key = i % 50 === 0;
    const picture = { key, showMs: 0, decodeMs: 0 };
    const data = new Uint8Array(100).fill(i);
    if (i % 2 === 0) {
      chunks.push(...writer.write({ data, durationSamples: 0, picture }));
    }
    chunks.push(...writer.write(packet));
  });
  return concatBytes([...chunks, ...writer.end()].map((x) => x.data));
}

function webm(seconds: number, info = opusInfo()): Uint8Array {
  const writer = new WebmMountWriter({ codec: "opus" });
  const chunks = [
    ...writer.begin(info, { title: "" }),
    ...makeOpusPackets(seconds * 50).flatMap((x) => writer.write(x)),
    ...writer.end(),
  ];
  return concatBytes(chunks.map((x) => x.data));
}

/** One source from its beginning to its end. */
function sent(stream: LiveStream, pieces: readonly Uint8Array[]): MountChunk[] {
  stream.begin();
  const chunks = pieces.flatMap((piece, i) => stream.push(piece, i * 20));
  return [...chunks, ...stream.end()];
}

/** What a player makes of it: how many documents, each block's time and bytes. */
function blocksOf(bytes: Uint8Array) {
  let documents = 0;
  let clusterMs = 0;
  const blocks: { track: number; timeMs: number; text: string }[] = [];
  for (const { id, contents } of new EbmlReader().push(bytes)) {
    if (id === IDS.document) documents++;
    if (id === IDS.timestamp) clusterMs = readNumber(contents);
    if (id !== IDS.simpleBlock) continue;
    const relative = new DataView(contents.buffer, contents.byteOffset)
      .getInt16(1);
    const track = contents[0]! & 0x7f;
    const text = contents.subarray(4).toHex();
    blocks.push({ track, timeMs: clusterMs + relative, text });
  }
  return { documents, blocks };
}

function joined(chunks: readonly MountChunk[]): Uint8Array {
  return concatBytes(chunks.map((x) => x.data));
}

function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = [0, ...places.map((x) => x % bytes.length), bytes.length]
    .toSorted((a, b) => a - b);
  return cuts.slice(1).map((to, i) => bytes.subarray(cuts[i], to));
}

Deno.test("WebM: every block goes through at its time, however the bytes are cut", () => {
  const source = film(3);
  const expected = blocksOf(source).blocks;
  assert(expected.length > 200);
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 40 }), (places) => {
      const chunks = sent(
        createLiveStream("video/webm"),
        cutAt(source, places),
      );
      const { documents, blocks } = blocksOf(joined(chunks));
      assertEquals([documents, blocks], [1, expected]);
      const playedMs = chunks.reduce((sum, x) => sum + x.durationMs, 0);
      assert(Math.abs(playedMs - 3000) <= 40, `${playedMs}`);
    }),
    { numRuns: 30 },
  );
});

Deno.test("WebM: a listener may start with each chunk that says so, and with a film that is a key picture", () => {
  const chunks = sent(createLiveStream("video/webm"), [film(3)]);
  const starts = chunks.filter((x) => x.header !== undefined);
  assertEquals(starts.length, 3);
  for (const start of starts) {
    const { documents, blocks } = blocksOf(
      concatBytes([start.header!, start.data]),
    );
    assertEquals([documents, blocks[0]?.track], [1, 2]);
    assertEquals(Number.parseInt(blocks[0]!.text.slice(0, 2), 16) % 50, 0);
  }
  const sound = sent(createLiveStream("audio/webm"), [webm(3)]);
  assert(sound.every((x) => x.header !== undefined));
});

Deno.test("WebM: a source that comes back goes on in the same document, its times after the last", () => {
  const stream = createLiveStream("audio/webm");
  const chunks = [
    ...sent(stream, [webm(2)]),
    ...stream.retitle("Later"),
    ...sent(stream, [webm(2)]),
  ];
  const { documents, blocks } = blocksOf(joined(chunks));
  assertEquals([documents, blocks.length], [1, 200]);
  const steps = blocks.slice(1).map((x, i) => x.timeMs - blocks[i]!.timeMs);
  assert(steps.every((ms) => ms > 0 && ms <= 40), steps.join());
  const { header } = chunks.at(-1)!;
  assert(new TextDecoder().decode(header).includes("Later"));
  const mono = sent(stream, [webm(1, opusInfo({ channels: 1 }))]);
  assertEquals(blocksOf(joined([...chunks, ...mono])).documents, 2);
});

Deno.test("Matroska: tracks are numbered anew, groups and other scales are read, the rest is passed over", () => {
  const [SOUND, PICTURES, WORDS] = [2, 1, 17];
  const entry = (number: number, type: number) =>
    element(IDS.trackEntry, [
      numberElement(IDS.trackNumber, number),
      numberElement(IDS.trackType, type),
    ]);
  const block = (track: number, ms: number, flags: number) =>
    new Uint8Array([0x80 | track, ms >> 8, ms & 255, flags, track, ms]);
  const source = concatBytes([
    element(IDS.document, new Uint8Array(3)),
    element(IDS.segment, [
      element(0x114d9b74, new Uint8Array(70)),
      element(IDS.info, [numberElement(IDS.timestampScale, 10_000_000)]),
      element(IDS.tracks, [
        entry(7, PICTURES),
        entry(8, SOUND),
        entry(9, WORDS),
      ]),
      element(0xec, new Uint8Array(2000)),
      element(IDS.cluster, [
        numberElement(IDS.timestamp, 100),
        element(IDS.blockGroup, [element(IDS.block, block(7, 0, 0))]),
        element(IDS.simpleBlock, block(8, 1, 0x80)),
        element(IDS.blockGroup, [
          element(IDS.block, block(7, 4, 0)),
          numberElement(IDS.referenceBlock, 4),
        ]),
        element(IDS.simpleBlock, block(9, 5, 0x80)),
        element(IDS.simpleBlock, block(99, 5, 0x80)),
      ]),
      element(0x1c53bb6b, new Uint8Array(100)),
    ]),
  ]);
  const [chunk, ...none] = sent(
    createLiveStream("video/x-matroska"),
    cutAt(source, Array.from({ length: 50 }, (_, i) => i * 51)),
  );
  assertEquals(none, []);
  assertEquals(chunk!.header, new Uint8Array(0));
  const { blocks } = blocksOf(chunk!.data);
  assertEquals(blocks.map((x) => [x.track, x.timeMs]), [[1, 10], [5, 50]]);
  const groups = new EbmlReader().push(chunk!.data)
    .filter(({ id }) => id === IDS.blockGroup);
  assertEquals(groups.map(({ contents }) => contents[2]), [0x82, 0x82]);
});

Deno.test("WebM: after damage it goes on with the next cluster; what is no WebM is garbage", () => {
  const source = film(4);
  const damaged = concatBytes([
    source.subarray(0, 2000),
    crypto.getRandomValues(new Uint8Array(5000)),
    source.subarray(20_000),
  ]);
  const all = new Set(blocksOf(source).blocks.map((x) => x.text));
  const chunks = sent(createLiveStream("video/webm"), [damaged]);
  const { blocks } = blocksOf(joined(chunks));
  assert(blocks.filter((x) => all.has(x.text)).length > 150);

  const stream = createLiveStream("video/webm");
  stream.begin();
  const garbage = new Uint8Array(EBML_ELEMENT_BYTES_MAX / 4).fill(0x55);
  for (let i = 0; i < 5; i++) assertEquals(stream.push(garbage, i), []);
  assert(stream.garbageBytes > EBML_ELEMENT_BYTES_MAX);
});

Deno.test("Matroska: a source that comes back has the same tracks, whatever number it drew for them", () => {
  const stream = createLiveStream("video/x-matroska");
  const source = (uid: number) =>
    concatBytes([
      element(IDS.document, new Uint8Array(3)),
      element(IDS.tracks, [
        element(IDS.trackEntry, [
          numberElement(0x73c5, uid),
          numberElement(IDS.trackNumber, 1),
          numberElement(IDS.trackType, 2),
        ]),
      ]),
      element(IDS.cluster, [
        numberElement(IDS.timestamp, 0),
        element(IDS.simpleBlock, new Uint8Array([0x81, 0, 0, 0x80, 1])),
      ]),
    ]);
  const chunks = [12_345, 67_890].flatMap((uid) => sent(stream, [source(uid)]));
  const { documents, blocks } = blocksOf(joined(chunks));
  assertEquals([documents, blocks.length], [1, 2]);
});

Deno.test("Matroska: of headers without end no more is read than a mount needs", () => {
  const stream = createLiveStream("video/x-matroska");
  stream.begin();
  const entry = (number: number) =>
    element(IDS.trackEntry, [numberElement(IDS.trackNumber, number)]);
  const document = element(IDS.document, new Uint8Array(3));
  const entries = Array.from(
    { length: 2 * EBML_TRACKS_MAX },
    (_, i) => entry(i + 1),
  );
  const cluster = element(IDS.cluster, [
    numberElement(IDS.timestamp, 0),
    ...entries.map((_, i) =>
      element(IDS.simpleBlock, new Uint8Array([0x81 + i, 0, 0, 0x80, i]))
    ),
  ]);
  const source = [document, element(IDS.tracks, entries), cluster];
  const [chunk] = sent(stream, [concatBytes(source)]);
  assertEquals(blocksOf(chunk!.data).blocks.length, EBML_TRACKS_MAX);
  const large = new Uint8Array(EBML_HEADER_BYTES_MAX + 1);
  const found = new EbmlReader().push(
    concatBytes([element(IDS.tracks, large), cluster]),
  );
  assertEquals(found[0]!.id, IDS.cluster);
});

Deno.test("WebM: an element larger than the limit is not waited for", () => {
  const reader = new EbmlReader();
  const large = element(
    IDS.simpleBlock,
    new Uint8Array(EBML_ELEMENT_BYTES_MAX + 1),
  );
  const next = element(IDS.cluster, [numberElement(IDS.timestamp, 5)]);
  const found = reader.push(concatBytes([large.subarray(0, 100), next]));
  assertEquals(found.map(({ id }) => id), [IDS.cluster, IDS.timestamp]);
});

Deno.test("WebM: a live show on a station's mount is one document, its times go on both ways", () => {
  const mount = new Mount({
    path: "/stream.webm",
    contentType: "audio/webm",
    name: "",
    clock: new FakeClock(),
  });
  const attach = () => {
    const player = new FakePlayer();
    mount.attach(player, {
      icy: false,
      remoteAddress: "192.0.2.1",
      userAgent: "",
      connectedAtMs: 0,
      counts: true,
    });
    return player;
  };
  const writer = new WebmMountWriter({ codec: "opus" });
  const programme = [
    ...writer.begin(opusInfo(), { title: "Song" }),
    ...makeOpusPackets(200).flatMap((x) => writer.write(x)),
  ];
  const live = mount.open("live");
  const early = attach();
  for (const x of programme.slice(0, 8)) mount.push(x);
  for (const x of sent(createLiveStream("audio/webm"), [webm(2)])) live.push(x);
  const late = attach();
  live.rest();
  for (const x of programme.slice(8)) mount.push(x);
  mount.close();
  for (const { received } of [early, late]) {
    const { documents, blocks } = blocksOf(received);
    assertEquals(documents, 1);
    const steps = blocks.slice(1).map((x, i) => x.timeMs - blocks[i]!.timeMs);
    assert(steps.every((ms) => ms > 0 && ms <= 40), steps.join());
  }
});

Deno.test("MPEG-TS: whole packets go through; a listener gets the tables, then a place to start", () => {
  const writer = new TsMountWriter({ codec: "mp3" });
  const info = { codec: "mp3", sampleRate: 44_100, channels: 2 } as const;
  const frames = makeFrames(200);
  const source = joined([
    ...writer.begin({ ...info, bitrate: 128_000, headers: [] }, { title: "" }),
    ...frames.flatMap((data) => writer.write({ data, durationSamples: 1152 })),
    ...writer.end(),
  ]);
  const rubbish = new Uint8Array(333).fill(0x12);
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 40 }), (places) => {
      const stream = createLiveStream("video/mp2t");
      const bytes = concatBytes([rubbish, source]);
      const chunks = sent(stream, cutAt(bytes, places));
      assertEquals(joined(chunks), source);
      const starts = chunks.filter(({ header }) => header?.length);
      assert(starts.length > 10);
      for (const { header, data } of starts) {
        assertEquals(header!.length, 2 * 188);
        assertEquals([header![0], header![1]! & 0x1f, header![2]], [71, 0, 0]);
        assertEquals(data[1]! & 0x40, 0x40);
      }
    }),
    { numRuns: 20 },
  );
  const stream = createLiveStream("video/mp2t");
  stream.begin();
  stream.push(new Uint8Array(10_000), 0);
  assertEquals(stream.garbageBytes, 10_000);
});

Deno.test("Ogg of several streams goes by pages, and starts at Theora's key pictures with all headers", () => {
  const page = (serial: number, sequence: number, data: string, more = {}) => {
    const bytes = Uint8Array.from(data, (x) => x.charCodeAt(0));
    const granule = sequence < 2 ? 0 : sequence;
    const place = { serial, sequence, ...more };
    return writePages([{ data: bytes, granule }], place).bytes;
  };
  const headers = [
    page(1, 0, "\x80theora", { first: true }),
    page(2, 0, "\x01vorbis", { first: true }),
    page(1, 1, "\x81theora"),
    page(2, 1, "\x05vorbis"),
  ];
  const rest = [
    ...[page(2, 2, "sound"), page(1, 2, "\x40inter"), page(1, 3, "\x00key")],
    ...[page(2, 3, "sound"), page(1, 4, "\x40inter"), page(1, 5, "\x00key")],
  ];
  const source = concatBytes([...headers, ...rest]);
  for (const step of [1, 7, 5000]) {
    const places = Array.from(
      { length: source.length / step },
      (_, i) => i * step,
    );
    const chunks = sent(createLiveStream("video/ogg"), cutAt(source, places));
    assertEquals(joined(chunks), source);
    const starts = chunks.flatMap(({ header, data }) =>
      header?.length ? [concatBytes([header, data])] : []
    );
    assertEquals(starts, [
      concatBytes([...headers, rest[2]!]),
      concatBytes([...headers, rest[5]!]),
    ]);
  }
});
