/**
 * Pictures as mediabunny hands them over, turned into what our mounts take:
 * H.264 and HEVC with start codes and their parameter sets apart, the others as
 * they are; and when each is decoded, which no container's reader tells.
 *
 * @module
 */
import type { InputVideoTrack } from "mediabunny";
import { u16be } from "../bytes.ts";
import type { VideoCodec, VideoInfo } from "../packet.ts";
import { annexB, hasStartCode, splitAnnexB } from "./nal_units.ts";

/** A film's parameters, and how to take its pictures. */
export interface Pictures {
  /** Its parameters. */
  info: VideoInfo;
  /** A picture as a mount takes it. */
  picture(data: Uint8Array): Uint8Array;
}

const CODECS: Readonly<Record<string, VideoCodec>> = {
  avc: "h264",
  hevc: "hevc",
  vp8: "vp8",
  vp9: "vp9",
  av1: "av1",
};

/** Our name for a codec of mediabunny's; `undefined` for what no mount takes. */
export function pictureCodec(name: string | null): VideoCodec | undefined {
  return name === null ? undefined : CODECS[name];
}

/**
 * Describes a film.
 *
 * @param firstKey a picture that a decoder may start at
 */
export async function describePictures(
  track: InputVideoTrack,
  codec: VideoCodec,
  firstKey: Uint8Array,
): Promise<Pictures> {
  const config = await track.getDecoderConfig();
  const raw = config?.description;
  const description = raw === undefined
    ? undefined
    : ArrayBuffer.isView(raw)
    ? new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength)
    : new Uint8Array(raw);
  const size = {
    width: await track.getCodedWidth(),
    height: await track.getCodedHeight(),
  };
  if (codec !== "h264" && codec !== "hevc") {
    const headers = description === undefined ? [] : [description.slice()];
    return { info: { codec, ...size, headers }, picture: (data) => data };
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
    info: { codec, ...size, headers },
    picture: (data) => annexB(data, codec, isPlain ? 0 : lengthBytes),
  };
}

/** The parameter sets among NAL units. */
function parameterSets(codec: "h264" | "hevc", units: Uint8Array[]) {
  return units.filter((unit) =>
    codec === "h264"
      ? [7, 8].includes(unit[0]! & 31)
      : [32, 33, 34].includes((unit[0]! >> 1) & 63)
  ).map((unit) => unit.slice());
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
