/**
 * Small files in every container that is a tree of boxes, made without an
 * encoder, for damage to be done to.
 *
 * @module
 */
import * as bunny from "mediabunny";
import { silentAacFrame } from "../../lib/media/adts/silence.ts";
import { writeAacConfig } from "../../lib/media/adts/header.ts";
import { concatBytes } from "../../lib/media/bytes.ts";
import { silentFlacFrame } from "../../lib/media/ogg/flac_silence.ts";
import {
  createMountWriter,
  createMountWriters,
} from "../../lib/media/mount.ts";
import type { MountWriter } from "../../lib/media/mount_writer.ts";
import type { Packet, TrackInfo } from "../../lib/media/packet.ts";
import { bytesOf } from "./support.ts";
import { dullBytes, makeOpusPackets, opusInfo, seeded } from "./synthetic.ts";

/** AAC of stereo at 44.1 kHz. */
export const AAC_INFO: TrackInfo = {
  codec: "aac",
  sampleRate: 44100,
  channels: 2,
  bitrate: 128_000,
  headers: [
    writeAacConfig({ objectType: 2, sampleRate: 44100, channelConfig: 2 }),
  ],
};

/** AAC frames with bytes of their own behind a silent frame's. */
export function makeAacPackets(count: number, seed = 1): Packet[] {
  const random = seeded(seed);
  const silence = silentAacFrame(2);
  return Array.from({ length: count }, () => ({
    data: concatBytes([silence, dullBytes(100 + random() * 200, random)]),
    durationSamples: 1024,
  }));
}

/** A key picture each second, 25 pictures a second, told of no decoder. */
export function withPictures(
  packets: Packet[],
  packetMs: number,
  pictureBytes = 400,
): Packet[] {
  const random = seeded(2);
  let pictures = 0;
  return packets.flatMap((packet, i) => {
    const row: Packet[] = [];
    for (; pictures * 40 <= i * packetMs; pictures++) {
      const late = pictures * 40 - i * packetMs;
      row.push({
        // A slice of H.264 (5 in a key picture), as good as any to a container.
        data: concatBytes([
          new Uint8Array([0, 0, 0, 1, pictures % 25 === 0 ? 0x65 : 0x41]),
          dullBytes(pictureBytes * (0.5 + random()), random),
        ]),
        durationSamples: 0,
        picture: {
          key: pictures % 25 === 0,
          showMs: late,
          decodeMs: late,
        },
      });
    }
    return [...row, packet];
  });
}

/** A stream of one item. */
export function streamOf(
  writer: MountWriter,
  info: TrackInfo,
  packets: Packet[],
): Uint8Array {
  return bytesOf([
    ...writer.begin(info),
    ...packets.flatMap((packet) => writer.write(packet)),
    ...writer.end(),
  ]);
}

/** Parameter sets of a film of 160 by 90, as an encoder made them. */
const SPS = [
  ...[0x67, 0x42, 0xc0, 0x0a, 0xda, 0x0a, 0x0d, 0xf9, 0x61, 0x00, 0x00, 0x03],
  ...[0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x32, 0x8f, 0x12, 0x26, 0xa0],
];
const PPS = [0x68, 0xce, 0x0f, 0xc8];

/** Item with pictures for MPEG-TS. */
export const H264_INFO: TrackInfo = {
  ...AAC_INFO,
  video: {
    codec: "h264",
    width: 160,
    height: 90,
    headers: [new Uint8Array(SPS), new Uint8Array(PPS)],
  },
};

/** Item with pictures for WebM. */
export const VP8_INFO: TrackInfo = {
  ...opusInfo(),
  video: { codec: "vp8", width: 160, height: 90, headers: [] },
};

async function mp4(
  fastStart: false | "fragmented" = false,
): Promise<Uint8Array> {
  const target = new bunny.BufferTarget();
  const output = new bunny.Output({
    format: new bunny.Mp4OutputFormat({
      fastStart,
      minimumFragmentDuration: 1,
    }),
    target,
  });
  const source = new bunny.EncodedAudioPacketSource("aac");
  output.addAudioTrack(source);
  await output.start();
  const decoderConfig = {
    codec: "mp4a.40.2",
    numberOfChannels: 2,
    sampleRate: 44100,
    description: AAC_INFO.headers[0]!.slice(),
  };
  for (const [i, { data }] of makeAacPackets(400).entries()) {
    const length = 1024 / 44100;
    await source.add(
      new bunny.EncodedPacket(data, "key", i * length, length),
      { decoderConfig },
    );
  }
  await output.finalize();
  return new Uint8Array(target.buffer!);
}

/** A box of MP4. */
function box(name: string, ...contents: Uint8Array[]): Uint8Array {
  const body = concatBytes(contents);
  const head = new Uint8Array(8);
  new DataView(head.buffer).setUint32(0, 8 + body.length);
  head.set(new TextEncoder().encode(name).slice(-4), 4);
  return concatBytes([head, body]);
}

/** An MP4 whose index is its end, with tags and a picture put into it. */
export function withCover(file: Uint8Array, bytes: number): Uint8Array {
  const tag = (name: string, kind: number, data: Uint8Array) => {
    const data4 = box(
      "data",
      new Uint8Array([0, 0, 0, kind, 0, 0, 0, 0]),
      data,
    );
    const own = box(name, data4);
    if (name === "@nam") own[4] = 0xa9;
    return own;
  };
  const handler = new Uint8Array(25);
  handler.set(new TextEncoder().encode("mdirappl"), 8);
  const udta = box(
    "udta",
    box(
      "meta",
      new Uint8Array(4),
      box("hdlr", handler),
      box(
        "ilst",
        tag("covr", 13, dullBytes(bytes, seeded(7))),
        tag("@nam", 1, new TextEncoder().encode("Title")),
      ),
    ),
  );
  const view = new DataView(file.buffer, file.byteOffset);
  let at = 0;
  while (String.fromCharCode(...file.subarray(at + 4, at + 8)) !== "moov") {
    at += view.getUint32(at);
  }
  const whole = concatBytes([file, udta]);
  new DataView(whole.buffer).setUint32(at, view.getUint32(at) + udta.length);
  return whole;
}

/** With an index and clusters of a known length, as a station's own streams have none. */
function matroska(): Promise<Uint8Array> {
  return filmIn(new bunny.MkvOutputFormat({ minimumClusterDuration: 1 }));
}

async function filmIn(format: bunny.OutputFormat): Promise<Uint8Array> {
  const target = new bunny.BufferTarget();
  const output = new bunny.Output({ format, target });
  const sound = new bunny.EncodedAudioPacketSource("aac");
  const film = new bunny.EncodedVideoPacketSource("vp9");
  output.addAudioTrack(sound);
  output.addVideoTrack(film);
  await output.start();
  const decoderConfig = {
    codec: "mp4a.40.2",
    numberOfChannels: 2,
    sampleRate: 44100,
    description: AAC_INFO.headers[0]!.slice(),
  };
  const picture = { codec: "vp09.00.10.08", codedWidth: 160, codedHeight: 90 };
  let packets = 0;
  for (
    const { data, picture: time } of withPictures(
      makeAacPackets(400),
      1024 / 44.1,
    )
  ) {
    const length = 1024 / 44100;
    const at = packets * length;
    if (time === undefined) {
      packets++;
      const packet = new bunny.EncodedPacket(data, "key", at, length);
      await sound.add(packet, { decoderConfig });
      continue;
    }
    const showMs = Math.max(0, at * 1000 + time.showMs);
    const kind = time.key ? "key" : "delta";
    await film.add(
      new bunny.EncodedPacket(
        concatBytes([new Uint8Array([0x82]), data]),
        kind,
        Math.round(showMs) / 1000,
        0.04,
      ),
      { decoderConfig: picture },
    );
  }
  await output.finalize();
  return new Uint8Array(target.buffer!);
}

function nativeFlac(): Uint8Array {
  const head = new Uint8Array(42);
  head.set([0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, 34]);
  head.set([0x10, 0, 0x10, 0], 8);
  head.set([0x0a, 0xc4, 0x42, 0xf0, 0, 0x0c, 0x80, 0], 18);
  const format = { channels: 2, bitsPerSample: 16 };
  const frames = Array.from(
    { length: 200 },
    (_, i) => silentFlacFrame(format, i),
  );
  return concatBytes([head, ...frames]);
}

function withFilm(kind: "ts" | "webm"): Uint8Array {
  const [info, packets, ms] = kind === "ts"
    ? [H264_INFO, makeAacPackets(200), 1024 / 44.1] as const
    : [VP8_INFO, makeOpusPackets(200), 20] as const;
  const video = info.video!.codec;
  const [writer] = createMountWriters({ codec: info.codec, video });
  return streamOf(writer!, info, withPictures(packets, ms));
}

/** All of them, by name. */
export const CONTAINER_FILES: Readonly<Record<string, Uint8Array>> = {
  "ADTS": streamOf(createMountWriter("aac"), AAC_INFO, makeAacPackets(400)),
  "FLAC": nativeFlac(),
  "MP4": await mp4(),
  "MP4 in fragments": await mp4("fragmented"),
  "MP4 with a cover": withCover(await mp4(), 100_000),
  "a film in MP4": await filmIn(
    new bunny.Mp4OutputFormat({ fastStart: false }),
  ),
  "Matroska": await matroska(),
  "MPEG-TS": withFilm("ts"),
  "WebM": withFilm("webm"),
};
