/**
 * Sound as the containers of films hold it, turned into what our mounts take:
 * headers as they stand in Ogg, AAC without ADTS, play time in samples counted
 * from the packets themselves. Pure.
 *
 * @module
 */
import {
  AAC_SAMPLES,
  type AacConfig,
  channelsOf,
  parseAacConfig,
  parseAdts,
  writeAacConfig,
} from "../adts/header.ts";
import { concatBytes, hasAscii } from "../bytes.ts";
import { parseMp3Header } from "../mp3/header.ts";
import { oggCodec } from "../ogg/codecs.ts";
import { writeComments } from "../ogg/comments.ts";
import type { Codec, TrackInfo } from "../packet.ts";

/** One track of sound, and how to take its packets. */
export interface Sound {
  /** Its parameters. */
  info: TrackInfo;
  /** The packet as a decoder takes it and its samples; `undefined` when it is none. */
  packet(data: Uint8Array): SoundPacket | undefined;
}

/** A packet's bytes and play time. */
export interface SoundPacket {
  /** As a decoder takes it. */
  data: Uint8Array;
  /** Play time in samples of the track. */
  samples: number;
}

/** What a codec is described from. */
export interface SoundGiven {
  /** What the container keeps for the decoder, where it keeps anything. */
  description: Uint8Array | undefined;
  /** Any packet of it. */
  first: Uint8Array;
}

/**
 * Describes a track; `undefined` when its parameters are broken or nothing that
 * a mount can carry.
 */
export function describeSound(
  codec: Codec,
  given: SoundGiven,
): Sound | undefined {
  if (codec === "aac") return describeAac(given);
  if (codec === "mp3") return describeMp3(given);
  return describeOgg(codec, given);
}

function describeAac({ description, first }: SoundGiven): Sound | undefined {
  const adts = parseAdts(first, 0);
  const config: AacConfig | undefined = description === undefined
    ? adts
    : parseAacConfig(description);
  if (config === undefined) return undefined;
  const isFramed = description === undefined;
  return {
    info: {
      codec: "aac",
      sampleRate: config.sampleRate,
      channels: channelsOf(config.channelConfig),
      bitrate: 0,
      headers: [writeAacConfig(config)],
    },
    packet(data) {
      const start = isFramed ? parseAdts(data, 0)?.headerBytes : 0;
      if (start === undefined || data.length <= start) return undefined;
      return { data: data.subarray(start), samples: AAC_SAMPLES };
    },
  };
}

function describeMp3({ first }: SoundGiven): Sound | undefined {
  const header = parseMp3Header(first, 0);
  if (header === undefined || header.layer !== 3) return undefined;
  const { sampleRate, channels, bitrate } = header;
  return {
    info: { codec: "mp3", sampleRate, channels, bitrate, headers: [] },
    packet(data) {
      const samples = parseMp3Header(data, 0)?.samples;
      return samples === undefined ? undefined : { data, samples };
    },
  };
}

function describeOgg(codec: Codec, given: SoundGiven): Sound | undefined {
  const headers = given.description && oggHeaders(codec, given.description);
  const ogg = oggCodec(codec);
  if (headers === undefined || !ogg.headerPackets(headers[0]!)) {
    return undefined;
  }
  const stream = ogg.describe(headers);
  if (stream === undefined) return undefined;
  const timing = ogg.timing(headers);
  return {
    info: { codec, headers, ...stream },
    packet(data) {
      const samples = timing(data);
      return samples === undefined ? undefined : { data, samples };
    },
  };
}

/** A container's private data as Ogg's header packets. */
function oggHeaders(
  codec: Codec,
  description: Uint8Array,
): Uint8Array[] | undefined {
  const comments = writeComments({ vendor: "", fields: [] });
  if (codec === "opus") return [description, withMagic("OpusTags", comments)];
  if (codec === "vorbis") return unlace(description);
  if (!hasAscii(description, 0, "fLaC") || description.length < 42) {
    return undefined;
  }
  const streamInfo = description.slice(8, 42);
  return [flacFirst(streamInfo), flacComments(comments)];
}

function withMagic(magic: string, bytes: Uint8Array): Uint8Array {
  return concatBytes([new TextEncoder().encode(magic), bytes]);
}

/** Three packets behind their lengths (Matroska, "Xiph lacing"). */
function unlace(bytes: Uint8Array): Uint8Array[] | undefined {
  if (bytes[0] !== 2) return undefined;
  let at = 1;
  const lengths = [0, 0];
  for (let i = 0; i < 2; i++) {
    let byte: number;
    do {
      if (at >= bytes.length) return undefined;
      byte = bytes[at++]!;
      lengths[i]! += byte;
    } while (byte === 255);
  }
  const [one, two] = lengths as [number, number];
  if (at + one + two >= bytes.length) return undefined;
  return [
    bytes.slice(at, at + one),
    bytes.slice(at + one, at + one + two),
    bytes.slice(at + one + two),
  ];
}

/** The first packet of FLAC in Ogg, from the contents of STREAMINFO (34 bytes). */
export function flacFirst(streamInfo: Uint8Array): Uint8Array {
  const first = new Uint8Array(51);
  first.set([0x7f, 0x46, 0x4c, 0x41, 0x43, 1, 0, 0, 1], 0);
  first.set([0x66, 0x4c, 0x61, 0x43, 0, 0, 0, 34], 9);
  first.set(streamInfo.subarray(0, 34), 17);
  return first;
}

/** A FLAC metadata block of comments, the last one. */
export function flacComments(comments: Uint8Array): Uint8Array {
  const { length } = comments;
  const head = new Uint8Array([
    0x84,
    (length >> 16) & 255,
    (length >> 8) & 255,
    length & 255,
  ]);
  return concatBytes([head, comments]);
}
