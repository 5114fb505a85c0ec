/**
 * Fragments of MP4 for HLS: one decoder for all items that it can play, another
 * one where it cannot, titles on the fragment where they change.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { concatBytes, u32be } from "../../lib/media/bytes.ts";
import { CmafMountWriter } from "../../lib/media/cmaf_mount.ts";
import { createMountWriters } from "../../lib/media/mount.ts";
import { av1Config } from "../../lib/media/film/av1_config.ts";
import { pictureSize } from "../../lib/media/film/picture_size.ts";
import type { MountChunk, TrackInfo } from "../../lib/media/packet.ts";
import { H264_INFO, makeAacPackets, withPictures } from "./container_files.ts";
import { makeMedia } from "./streams.ts";
import { bytesOf, ffmpeg, hear, playTimeMs, readAll } from "./support.ts";
import { makeOpusPackets, opusInfo } from "./synthetic.ts";

/** Names and contents of the boxes one after the other. */
function boxes(bytes: Uint8Array): [string, Uint8Array][] {
  const found: [string, Uint8Array][] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const length = u32be(bytes, at);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    found.push([name, bytes.subarray(at + 8, at + length)]);
    assert(length >= 8);
    at += length;
  }
  return found;
}

function playItem(
  writer: CmafMountWriter,
  info: TrackInfo,
  packets: ReturnType<typeof makeOpusPackets>,
  title: string,
): MountChunk[] {
  return [
    ...writer.begin(info, { title }),
    ...packets.flatMap((packet) => writer.write(packet)),
  ];
}

Deno.test("CMAF chunks are whole boxes, each item's title on its first one", () => {
  const writer = new CmafMountWriter({ codec: "opus" });
  const chunks = [
    ...playItem(writer, opusInfo(), makeOpusPackets(100), "One"),
    ...playItem(writer, opusInfo(), makeOpusPackets(100, 2), "Two ü"),
    ...writer.end(),
  ];
  const titles = chunks.filter(({ title }) => title !== undefined);
  assertEquals(titles.map(({ title }) => title), ["One", "Two ü"]);
  for (const { data, header, title, changed } of chunks) {
    const names = boxes(data).map(([name]) => name);
    const event = title === undefined ? [] : ["emsg"];
    assertEquals(names, [...event, "moof", "mdat"]);
    assertEquals(boxes(header!).map(([name]) => name), ["ftyp", "moov"]);
    assertEquals(header, chunks[0]!.header);
    assertEquals(changed, undefined);
  }
  const [, event] = boxes(titles[1]!.data)[0]!;
  const text = new TextDecoder().decode(event);
  assert(text.includes("aomedia.org/emsg/ID3") && text.includes("Two ü"));
});

Deno.test("CMAF tells a decoder anew where a film has other parameters, and only there", () => {
  const video = { ...H264_INFO.video! };
  const [sps, pps] = video.headers as [Uint8Array, Uint8Array];
  const other = { ...video, headers: [sps, concatBytes([pps, pps])] };
  const writer = new CmafMountWriter({ codec: "aac", video: "h264" });
  const packets = withPictures(makeAacPackets(100), 1024 / 44.1);
  const chunks = [video, video, other].flatMap((video) =>
    playItem(writer, { ...H264_INFO, video }, packets, "t")
  );
  chunks.push(...writer.end());
  const changes = chunks.filter(({ changed }) => changed);
  assertEquals(changes.length, 1);
  const headers = new Set(
    chunks.flatMap(({ header }) => header === undefined ? [] : [header]),
  );
  assertEquals(headers.size, 2);
  assert(changes[0]!.header !== chunks[0]!.header);
  // A listener starts at a key picture: one a second.
  const starts = chunks.filter(({ header }) => header !== undefined);
  assertEquals(starts.length, 9);
});

Deno.test("CMAF counts its time in samples: an hour of silence and items is exact", () => {
  const writer = new CmafMountWriter({ codec: "opus" });
  let ms = 0;
  for (let i = 0; i < 60; i++) {
    ms += playTimeMs(writer.silence(30_000));
    ms += playTimeMs(playItem(writer, opusInfo(), makeOpusPackets(1500), "t"));
  }
  ms += playTimeMs(writer.end());
  const skipped = 60 * opusInfo().preSkipSamples! / 48;
  assert(Math.abs(ms - (3_600_000 - skipped)) <= 60, `${ms}`);
});

Deno.test("CMAF takes no VP8, no Vorbis and no MP3, and says so", () => {
  for (
    const kind of [
      { codec: "opus", video: "vp8" },
      { codec: "vorbis" },
      { codec: "mp3" },
    ] as const
  ) assertThrows(() => new CmafMountWriter(kind), RangeError, "into CMAF");
});

Deno.test("for HLS there is one container of a kind: MPEG-TS where players know it best", () => {
  const hlsOf = (kind: Parameters<typeof createMountWriters>[0]) =>
    createMountWriters(kind).filter(({ hls }) => hls !== undefined)
      .map(({ extension, hls }) => `${extension} ${hls}`);
  assertEquals(hlsOf({ codec: "mp3" }), ["ts only"]);
  assertEquals(hlsOf({ codec: "aac" }), ["ts only"]);
  assertEquals(hlsOf({ codec: "aac", video: "h264" }), ["ts also"]);
  assertEquals(hlsOf({ codec: "aac", video: "hevc" }), ["mp4 only"]);
  assertEquals(hlsOf({ codec: "mp3", video: "hevc" }), ["ts also"]);
  assertEquals(hlsOf({ codec: "opus" }), ["mp4 only"]);
  assertEquals(hlsOf({ codec: "flac" }), ["mp4 only"]);
  assertEquals(hlsOf({ codec: "opus", video: "vp9" }), ["mp4 only"]);
  assertEquals(hlsOf({ codec: "opus", video: "vp8" }), []);
  assertEquals(hlsOf({ codec: "vorbis" }), []);
});

Deno.test({
  name:
    "a film, a gap with its last picture, and the film again decode without a complaint",
  ignore: ffmpeg.ignore,
  async fn() {
    for (
      const [container, sound, film] of [
        ["mp4", "aac", "hevc"],
        ["webm", "opus", "vp9"],
        ["webm", "opus", "av1"],
        ["mkv", "flac", "h264-b"],
      ] as const
    ) {
      const file = await makeMedia(container, sound, film, 2);
      const { track, packets } = await readAll(file);
      const video = track.info.video!.codec;
      const writer = new CmafMountWriter({ codec: sound, video });
      const item = () => playItem(writer, track.info, packets, "t");
      const chunks = [
        ...item(),
        ...writer.silence(3000),
        ...item(),
        ...writer.end(),
      ];
      assertEquals(chunks.filter(({ changed }) => changed).length, 0, video);
      const { pcm, complaints } = await hear(bytesOf(chunks), "mp4");
      assertEquals(complaints, [], video);
      const seconds = pcm.length / track.info.sampleRate /
        track.info.channels;
      assert(Math.abs(seconds - 7) < 0.2, `${video}: ${seconds} s`);
    }
  },
});

Deno.test("sizes of pictures are read from parameter sets, and nonsense is not", () => {
  // As x264 wrote it for the high profile.
  const sps = new Uint8Array([
    ...[103, 100, 0, 11, 172, 217, 66, 141, 249, 48, 17, 0, 0, 3, 0, 1],
    ...[0, 0, 3, 0, 50, 15, 20, 41, 150],
  ]);
  assertEquals(pictureSize("h264", [sps]), { width: 160, height: 90 });
  assertEquals(pictureSize("h264", [new Uint8Array([0x67, 1])]), undefined);
  assertEquals(pictureSize("hevc", [new Uint8Array([0x42, 1])]), undefined);
  assertEquals(pictureSize("h264", []), undefined);
});

Deno.test({
  name: "AV1 in MP4 is told to decoders as in Matroska, and as its name says",
  ignore: ffmpeg.ignore,
  async fn() {
    const [mp4, mkv] = await Promise.all(
      ["mp4", "mkv"].map(async (form) =>
        (await readAll(await makeMedia(form, "aac", "av1", 1))).track.info.video
      ),
    );
    assertEquals(mp4?.headers, mkv?.headers);
    assertEquals(mp4?.headers.length, 1);
    assertEquals(av1Config("av01.0.04M.08", new Uint8Array([0x12])), undefined);
    assertEquals(av1Config("vp09.00.10.08", mkv!.headers[0]!), undefined);
    const sequence = mkv!.headers[0]!.subarray(4);
    const ten = av1Config("av01.0.13H.10.1.112", sequence)!;
    assertEquals([...ten.subarray(0, 4)], [0x81, 13, 0xde, 0]);
  },
});
