/**
 * The size of pictures, from the parameter sets of H.264 (7.3.2.1) and HEVC
 * (7.3.2.2). Pure and total.
 *
 * @module
 */
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
  const sps = headers.find((unit) =>
    codec === "h264" ? (unit[0]! & 31) === 7 : ((unit[0]! >> 1) & 63) === 33
  );
  if (sps === undefined) return undefined;
  const bits = new NalBits(sps);
  const { width, height } = codec === "h264" ? h264Size(bits) : hevcSize(bits);
  const isSize = width > 0 && width <= 16_384 && height > 0 && height <= 16_384;
  return isSize ? { width, height } : undefined;
}

/** Pixels by which rows and columns of chroma are coarser, by chroma_format_idc. */
const CHROMA_WIDTH = [1, 2, 2, 1];
const CHROMA_HEIGHT = [1, 2, 1, 1];

function h264Size(bits: NalBits): PictureSize {
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
  return cropped(
    bits,
    {
      width: columns,
      height: units * 16 * fields,
    },
    CHROMA_WIDTH[chroma] ?? 1,
    (CHROMA_HEIGHT[chroma] ?? 1) * fields,
  );
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

function hevcSize(bits: NalBits): PictureSize {
  return readHevc(bits).size;
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
  return { ...readHevc(bits), ...depths(bits) };
}

function depths(bits: NalBits): Pick<HevcSps, "lumaDepth" | "chromaDepth"> {
  return { lumaDepth: bits.golomb() & 7, chromaDepth: bits.golomb() & 7 };
}

/** Up to the size of the picture. */
function readHevc(
  bits: NalBits,
): Pick<HevcSps, "profile" | "chroma"> & { size: PictureSize } {
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
  return { profile, chroma: chroma & 3, size };
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

/** Bits of a NAL unit, without the bytes that only prevent start codes; zeros past the end. */
class NalBits {
  readonly #bytes: number[] = [];
  #at = 0;

  constructor(unit: Uint8Array) {
    let zeros = 0;
    for (const byte of unit) {
      const isGuard = zeros >= 2 && byte === 3;
      zeros = byte === 0 ? zeros + 1 : 0;
      if (!isGuard) this.#bytes.push(byte);
    }
  }

  skip(count: number): void {
    this.#at += count;
  }

  take(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.#at++) {
      const byte = this.#bytes[this.#at >> 3] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  /** Exp-Golomb code ue(v) (9.1); at most 32 zeros in front. */
  golomb(): number {
    let zeros = 0;
    while (zeros < 32 && this.take(1) === 0) zeros++;
    return 2 ** zeros - 1 + this.take(zeros);
  }

  /** se(v). */
  signedGolomb(): number {
    const code = this.golomb();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
