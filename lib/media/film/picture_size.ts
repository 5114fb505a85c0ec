/**
 * The size of pictures, from the parameter sets of H.264 (7.3.2.1) and HEVC
 * (7.3.2.2). Pure and total.
 *
 * @module
 */
import { NalBits } from "./nal_bits.ts";
import type { NalCodec } from "./nal_units.ts";

/** Pixels a row, and rows, as coded and cropped. */
export interface PictureSize {
  width: number;
  height: number;
}

/** Profiles of H.264 that tell of chroma and scaling. */
const HIGH_PROFILES: ReadonlySet<number> = new Set([
  ...[100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135],
]);

/** The size; `undefined` where there is no sequence parameter set, or it is broken. */
export function pictureSize(
  codec: NalCodec,
  headers: readonly Uint8Array[],
): PictureSize | undefined {
  const sps = sequenceSet(codec, headers);
  if (sps === undefined) return undefined;
  const bits = new NalBits(sps);
  const { width, height } = codec === "h264"
    ? readH264(bits).size
    : readHevc(bits).size;
  const isSize = width > 0 && width <= 16_384 && height > 0 && height <= 16_384;
  return isSize ? { width, height } : undefined;
}

/** The sequence parameter set among parameter sets. */
export function sequenceSet(
  codec: NalCodec,
  headers: readonly Uint8Array[],
): Uint8Array | undefined {
  return headers.find((unit) =>
    codec === "h264" ? (unit[0]! & 31) === 7 : ((unit[0]! >> 1) & 63) === 33
  );
}

/** Pixels by which rows and columns of chroma are coarser, by chroma_format_idc. */
const CHROMA_WIDTH = [1, 2, 2, 1];
const CHROMA_HEIGHT = [1, 2, 1, 1];

/** What a sequence parameter set of H.264 says, up to where its VUI may begin. */
export interface H264Sps {
  size: PictureSize;
  /** profile_idc. */
  profile: number;
  /** pic_order_cnt_type. */
  order: number;
}

/** Reads a set up to its size. */
export function readH264(bits: NalBits): H264Sps {
  bits.skip(8);
  const profile = bits.take(8);
  bits.skip(16);
  bits.golomb();
  const chroma = HIGH_PROFILES.has(profile) ? h264Chroma(bits) : 1;
  bits.golomb();
  const order = bits.golomb();
  if (order === 0) bits.golomb();
  if (order === 1) {
    bits.skip(1);
    bits.golomb();
    bits.golomb();
    const cycle = Math.min(255, bits.golomb());
    for (let i = 0; i < cycle; i++) bits.golomb();
  }
  bits.golomb();
  bits.skip(1);
  const columns = (bits.golomb() + 1) * 16;
  const units = bits.golomb() + 1;
  const isFrame = bits.take(1);
  const fields = 2 - isFrame;
  if (isFrame === 0) bits.skip(1);
  bits.skip(1);
  const size = cropped(
    bits,
    {
      width: columns,
      height: units * 16 * fields,
    },
    CHROMA_WIDTH[chroma] ?? 1,
    (CHROMA_HEIGHT[chroma] ?? 1) * fields,
  );
  return { size, profile, order };
}

/** chroma_format_idc, and what stands behind it up to the frame numbers. */
function h264Chroma(bits: NalBits): number {
  const chroma = bits.golomb();
  if (chroma === 3) bits.skip(1);
  bits.golomb();
  bits.golomb();
  bits.skip(1);
  if (bits.take(1) === 0) return chroma;
  for (let i = 0; i < (chroma === 3 ? 12 : 8); i++) {
    if (bits.take(1) === 1) skipScaling(bits, i < 6 ? 16 : 64);
  }
  return chroma;
}

function skipScaling(bits: NalBits, size: number): void {
  let last = 8;
  let next = 8;
  for (let i = 0; i < size; i++) {
    if (next !== 0) next = (last + bits.signedGolomb() + 256) % 256;
    last = next === 0 ? last : next;
  }
}

/** What a decoder is told of HEVC besides its parameter sets. */
export interface HevcSps {
  /** Profile, compatibility, constraints and level: 12 bytes as they stand in the set. */
  profile: number[];
  /** chroma_format_idc. */
  chroma: number;
  /** Bits of a sample beyond 8. */
  lumaDepth: number;
  chromaDepth: number;
}

/** Reads a sequence parameter set of HEVC. */
export function hevcSps(sps: Uint8Array): HevcSps {
  const bits = new NalBits(sps);
  const { profile, chroma } = readHevc(bits);
  return { profile, chroma, ...depths(bits) };
}

function depths(bits: NalBits): Pick<HevcSps, "lumaDepth" | "chromaDepth"> {
  return { lumaDepth: bits.golomb() & 7, chromaDepth: bits.golomb() & 7 };
}

/** Reads a set up to its size; `layers` is sps_max_sub_layers_minus1. */
export function readHevc(
  bits: NalBits,
): Pick<HevcSps, "profile" | "chroma"> & { size: PictureSize; layers: number } {
  bits.skip(16 + 4);
  const layers = bits.take(3);
  bits.skip(1);
  const profile = Array.from({ length: 12 }, () => bits.take(8));
  const present: [number, number][] = [];
  for (let i = 0; i < layers; i++) present.push([bits.take(1), bits.take(1)]);
  if (layers > 0) bits.skip(2 * (8 - layers));
  for (const [own, level] of present) {
    bits.skip((own ? 88 : 0) + (level ? 8 : 0));
  }
  bits.golomb();
  const chroma = bits.golomb();
  if (chroma === 3) bits.skip(1);
  const coded = { width: bits.golomb(), height: bits.golomb() };
  const size = cropped(
    bits,
    coded,
    CHROMA_WIDTH[chroma] ?? 1,
    CHROMA_HEIGHT[chroma] ?? 1,
  );
  return { profile, chroma: chroma & 3, size, layers };
}

/** The size without what is cut off at the four sides, in units of chroma. */
function cropped(
  bits: NalBits,
  { width, height }: PictureSize,
  unitX: number,
  unitY: number,
): PictureSize {
  if (bits.take(1) === 0) return { width, height };
  const [left, right] = [bits.golomb(), bits.golomb()];
  const [top, bottom] = [bits.golomb(), bits.golomb()];
  return {
    width: width - (left + right) * unitX,
    height: height - (top + bottom) * unitY,
  };
}
