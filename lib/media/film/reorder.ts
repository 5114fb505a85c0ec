/**
 * How many pictures are decoded before one that is shown earlier, as the film's
 * own parameter sets say: H.264 in its VUI (E.2.1), HEVC in any case (7.4.3.2.1).
 * Looking at the first pictures tells less: the deepest order may come later.
 *
 * @module
 */
import type { VideoInfo } from "../packet.ts";
import { NalBits } from "./nal_bits.ts";
import { readH264, readHevc, sequenceSet } from "./picture_size.ts";

/** More than any decoder keeps: a number beyond it is a broken one. */
const DEPTH_MAX = 16;
/** Constrained or not, it has no pictures of two directions. */
const BASELINE = 66;

/**
 * The depth; `undefined` where the film does not say.
 *
 * @param info of a film in any codec: only H.264 and HEVC show pictures in another order
 */
export function toldReorderDepth(info: VideoInfo): number | undefined {
  const { codec, headers } = info;
  if (codec !== "h264" && codec !== "hevc") return 0;
  const sps = sequenceSet(codec, headers);
  if (sps === undefined) return undefined;
  const bits = new NalBits(sps);
  const depth = codec === "h264" ? h264Depth(bits) : hevcDepth(bits);
  return depth !== undefined && depth <= DEPTH_MAX ? depth : undefined;
}

function h264Depth(bits: NalBits): number | undefined {
  const { profile, order } = readH264(bits);
  if (profile === BASELINE || order === 2) return 0;
  if (bits.take(1) === 0) return undefined;
  skipPicture(bits);
  const hasNal = skipRates(bits);
  const hasVcl = skipRates(bits);
  if (hasNal || hasVcl) bits.skip(1);
  bits.skip(1);
  if (bits.take(1) === 0) return undefined;
  bits.skip(1);
  for (let i = 0; i < 4; i++) bits.golomb();
  return bits.golomb();
}

/** Shape, colours and timing. */
function skipPicture(bits: NalBits): void {
  const EXTENDED_SHAPE = 255;
  if (bits.take(1) === 1 && bits.take(8) === EXTENDED_SHAPE) bits.skip(32);
  if (bits.take(1) === 1) bits.skip(1);
  if (bits.take(1) === 1) {
    bits.skip(4);
    if (bits.take(1) === 1) bits.skip(24);
  }
  if (bits.take(1) === 1) {
    bits.golomb();
    bits.golomb();
  }
  if (bits.take(1) === 1) bits.skip(65);
}

/** The parameters of a hypothetical decoder (E.1.2), where they are there. */
function skipRates(bits: NalBits): boolean {
  if (bits.take(1) === 0) return false;
  const buffers = Math.min(32, bits.golomb() + 1);
  bits.skip(8);
  for (let i = 0; i < buffers; i++) {
    bits.golomb();
    bits.golomb();
    bits.skip(1);
  }
  bits.skip(20);
  return true;
}

function hevcDepth(bits: NalBits): number {
  const { layers } = readHevc(bits);
  for (let i = 0; i < 3; i++) bits.golomb();
  const isEach = bits.take(1) === 1;
  let depth = 0;
  for (let i = isEach ? 0 : layers; i <= layers; i++) {
    bits.golomb();
    depth = bits.golomb();
    bits.golomb();
  }
  return depth;
}
