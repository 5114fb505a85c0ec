/**
 * How MP4 describes sound to a decoder: AAC (ISO 14496-14), Opus (the "Opus in
 * ISO base media" specification), FLAC (xiph.org/flac, "FLAC in ISO base media").
 * Pure.
 *
 * @module
 */
import { u16le, u32le } from "../bytes.ts";
import type { TrackInfo } from "../packet.ts";
import { box, bytesOf, fullBox, u16, u32, zeros } from "./boxes.ts";

/** The entry of the sample description. */
export function soundEntry(info: TrackInfo): Uint8Array {
  const { codec } = info;
  if (codec === "opus") return entry("Opus", info, 16, opusBox(info));
  if (codec === "flac") {
    const stream = streamInfo(info);
    const bits = (((stream[12]! & 1) << 4) | (stream[13]! >> 4)) + 1;
    return entry("fLaC", info, bits, flacBox(stream));
  }
  return entry("mp4a", info, 16, esds(info.headers[0]!));
}

function entry(
  name: string,
  { sampleRate, channels }: TrackInfo,
  bits: number,
  config: Uint8Array,
): Uint8Array {
  // 16.16 bits; what is more stands in the codec's own box.
  const rate = sampleRate < 65_536 ? sampleRate : 0;
  return box(
    name,
    bytesOf(
      ...[...zeros(6), 0, 1, ...zeros(8)],
      ...[...u16(channels), ...u16(bits), ...zeros(4), ...u16(rate), 0, 0],
    ),
    config,
  );
}

/** OpusHead with its numbers the other way round. */
function opusBox({ headers }: TrackInfo): Uint8Array {
  const head = headers[0]!;
  return box(
    "dOps",
    bytesOf(
      ...[0, head[9]!, ...u16(u16le(head, 10)), ...u32(u32le(head, 12))],
      ...u16(u16le(head, 16)),
    ),
    head.slice(18, head[18] === 0 ? 19 : 21 + head[9]!),
  );
}

/**
 * STREAMINFO of an endless stream: what differs from file to file (lengths of
 * frames, number of samples, checksum) is "unknown", so that files of one kind
 * follow each other.
 */
function streamInfo({ headers }: TrackInfo): Uint8Array {
  const stream = headers[0]!.slice(17, 51);
  stream.fill(0, 4, 10);
  stream[13]! &= 0xf0;
  stream.fill(0, 14, 34);
  return stream;
}

function flacBox(stream: Uint8Array): Uint8Array {
  return fullBox("dfLa", 0, 0, bytesOf(0x80, 0, 0, 34), stream);
}

/** An elementary stream descriptor around an AudioSpecificConfig (14496-1, 7.2.6). */
function esds(config: Uint8Array): Uint8Array {
  const special = [5, config.length, ...config];
  const decoder = [0x40, 0x15, 0, 0, 0, ...u32(0), ...u32(0), ...special];
  const stream = [0, 0, 0, 4, decoder.length, ...decoder, 6, 1, 2];
  return fullBox("esds", 0, 0, bytesOf(3, stream.length, ...stream));
}
