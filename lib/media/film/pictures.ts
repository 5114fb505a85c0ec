/**
 * Pictures as the containers of films hold them, turned into what our mounts
 * take: H.264 and HEVC with start codes and their parameter sets apart, the
 * others as they are. Pure.
 *
 * @module
 */
import { u16be } from "../bytes.ts";
import type { VideoCodec, VideoInfo } from "../packet.ts";
import { av1Config } from "./av1_config.ts";
import {
  annexB,
  hasStartCode,
  isParameterSet,
  type NalCodec,
  splitAnnexB,
} from "./nal_units.ts";

/** A film's parameters, and how to take its pictures. */
export interface Pictures {
  /** Its parameters. */
  info: VideoInfo;
  /** A picture as a mount takes it. */
  picture(data: Uint8Array): Uint8Array;
}

/** What a film is described from. */
export interface PicturesGiven {
  /** What the container keeps for the decoder, where it keeps anything. */
  description: Uint8Array | undefined;
  /** Pixels a row, as coded. */
  width: number;
  /** Rows, as coded. */
  height: number;
  /** A picture that a decoder may start at, where there is no description. */
  firstKey: Uint8Array;
  /** The codec with its parameters, as browsers call it, e.g. `av01.0.04M.08`. */
  name?: string | undefined;
}

/** Describes a film. */
export function describePictures(
  codec: VideoCodec,
  given: PicturesGiven,
): Pictures {
  const { description, firstKey, width, height } = given;
  if (codec !== "h264" && codec !== "hevc") {
    const config = codec === "av1" && description === undefined
      ? av1Config(given.name, firstKey)
      : description?.slice();
    const headers = config === undefined ? [] : [config];
    const info = { codec, width, height, headers };
    return { info, picture: (data) => data };
  }
  const headers = description === undefined
    ? parameterSets(codec, splitAnnexB(firstKey))
    : codec === "h264"
    ? avcSets(description)
    : hevcSets(description);
  // The low two bits of byte 4 (avcC) or 21 (hvcC).
  const lengthBytes = (description?.[codec === "h264" ? 4 : 21] ?? 3) % 4 + 1;
  const isPlain = description === undefined || hasStartCode(description);
  return {
    info: { codec, width, height, headers },
    picture: (data) => annexB(data, codec, isPlain ? 0 : lengthBytes),
  };
}

/** The parameter sets among NAL units. */
function parameterSets(codec: NalCodec, units: Uint8Array[]) {
  return units.filter((unit) => isParameterSet(codec, unit))
    .map((unit) => unit.slice());
}

/** Of an AVCDecoderConfigurationRecord (ISO 14496-15, 5.3.3.1). */
function avcSets(record: Uint8Array): Uint8Array[] {
  const sets: Uint8Array[] = [];
  let at = 5;
  for (const mask of [31, 255]) {
    const count = (record[at++] ?? 0) & mask;
    at = takeSets(record, at, count, sets);
  }
  return sets;
}

/** Of an HEVCDecoderConfigurationRecord (ISO 14496-15, 8.3.3.1). */
function hevcSets(record: Uint8Array): Uint8Array[] {
  const sets: Uint8Array[] = [];
  let at = 23;
  const arrays = record[22] ?? 0;
  for (let i = 0; i < arrays && at < record.length; i++) {
    at = takeSets(record, at + 3, u16be(record, at + 1), sets);
  }
  return sets;
}

function takeSets(
  record: Uint8Array,
  from: number,
  count: number,
  sets: Uint8Array[],
): number {
  let at = from;
  for (let i = 0; i < count && at < record.length; i++) {
    const length = u16be(record, at);
    const unit = record.slice(at + 2, at + 2 + length);
    if (unit.length > 0) sets.push(unit);
    at += 2 + length;
  }
  return at;
}
