/**
 * How MP4 describes pictures to a decoder: H.264 and HEVC (ISO 14496-15), VP9
 * ("VP Codec ISO Media File Format Binding"), AV1 ("AV1 Codec ISO Media File
 * Format Binding"). Pure.
 *
 * @module
 */
import { hevcSps } from "../film/picture_size.ts";
import type { VideoInfo } from "../packet.ts";
import { box, bytesOf, fullBox, u16, zeros } from "./boxes.ts";

/**
 * The entry of the sample description; `undefined` where the parameters it needs
 * are not known.
 *
 * @param key a picture that a decoder may start at, as a mount is given it
 */
export function pictureEntry(
  video: VideoInfo,
  key: Uint8Array,
): Uint8Array | undefined {
  const { codec, headers } = video;
  if (codec === "h264") return wrap("avc1", video, avcBox(headers));
  if (codec === "hevc") return wrap("hvc1", video, hevcBox(headers));
  if (codec === "vp9") return wrap("vp09", video, vp9Box(video, key));
  const config = headers[0];
  return wrap("av01", video, config && box("av1C", config));
}

function wrap(
  name: string,
  { width, height }: VideoInfo,
  config: Uint8Array | undefined,
): Uint8Array | undefined {
  if (config === undefined) return undefined;
  return box(
    name,
    bytesOf(
      ...[...zeros(6), 0, 1, ...zeros(16), ...u16(width), ...u16(height)],
      // 72 dots an inch, one frame a sample, no name, 24 bits deep.
      ...[0, 72, 0, 0, 0, 72, 0, 0, ...zeros(4), 0, 1, ...zeros(32)],
      ...[0, 24, 255, 255],
    ),
    config,
  );
}

/** AVCDecoderConfigurationRecord (5.3.3.1). */
function avcBox(headers: readonly Uint8Array[]): Uint8Array | undefined {
  const sps = headers.filter((unit) => (unit[0]! & 31) === 7);
  const pps = headers.filter((unit) => (unit[0]! & 31) === 8);
  const [first] = sps;
  if (first === undefined || first.length < 4) return undefined;
  return box(
    "avcC",
    bytesOf(1, first[1]!, first[2]!, first[3]!, 0xff, 0xe0 | sps.length),
    ...sets(sps),
    bytesOf(pps.length),
    ...sets(pps),
  );
}

/** HEVCDecoderConfigurationRecord (8.3.3.1). */
function hevcBox(headers: readonly Uint8Array[]): Uint8Array | undefined {
  const typeOf = (unit: Uint8Array) => (unit[0]! >> 1) & 63;
  const sps = headers.find((unit) => typeOf(unit) === 33);
  const info = sps && hevcSps(sps);
  if (info === undefined) return undefined;
  const types = [...new Set(headers.map(typeOf))];
  const arrays = types.flatMap((type) => {
    const own = headers.filter((unit) => typeOf(unit) === type);
    return [bytesOf(0x80 | type, ...u16(own.length)), ...sets(own)];
  });
  return box(
    "hvcC",
    bytesOf(1, ...info.profile, 0xf0, 0, 0xfc, 0xfc | info.chroma),
    bytesOf(0xf8 | info.lumaDepth, 0xf8 | info.chromaDepth, 0, 0),
    // One layer of time; lengths of four bytes.
    bytesOf(0x0f, types.length),
    ...arrays,
  );
}

function sets(units: readonly Uint8Array[]): Uint8Array[] {
  return units.flatMap((unit) => [bytesOf(...u16(unit.length)), unit]);
}

/** Pixels of a picture up to which a level reaches (VP9 levels, annex A). */
const VP9_LEVELS: readonly [number, number][] = [
  [36_864, 11],
  [122_880, 20],
  [245_760, 21],
  [552_960, 30],
  [983_040, 31],
  [2_228_224, 41],
  [8_912_896, 51],
  [Infinity, 61],
];

/** From the beginning of a key picture (VP9 bitstream, 6.2). */
function vp9Box(
  { width, height }: VideoInfo,
  key: Uint8Array,
): Uint8Array | undefined {
  const first = key[0] ?? 0;
  const profile = ((first >> 5) & 1) | ((first >> 3) & 2);
  // Marker, profile, then (behind a reserved bit in profile 3) four flags.
  if (first >> 6 !== 2) return undefined;
  const at = profile === 3 ? 9 : 8;
  const bit = (i: number) => ((key[i >> 3] ?? 0) >> (7 - (i & 7))) & 1;
  // 24 bits of sync code stand between the flags and the depth.
  const depth = profile < 2 ? 8 : bit(at + 24) === 0 ? 10 : 12;
  const isOdd = profile % 2 === 1;
  const chroma = isOdd ? 3 : 1;
  const level = VP9_LEVELS.find(([pixels]) => width * height <= pixels)![1];
  return fullBox(
    "vpcC",
    1,
    0,
    bytesOf(profile, level, (depth << 4) | (chroma << 1), 2, 2, 2, 0, 0),
  );
}
