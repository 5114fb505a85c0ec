/**
 * NAL units, the pieces that H.264 and HEVC pictures consist of: with lengths in
 * front in MP4 and Matroska, with start codes in MPEG-TS (ITU-T H.264, annex B).
 * Pure and total.
 *
 * @module
 */

/** Codecs whose pictures consist of them. */
export type NalCodec = "h264" | "hevc";

/** What a unit is (H.264: table 7-1; HEVC: table 7-1). */
function typeOf(codec: NalCodec, unit: Uint8Array): number {
  return codec === "h264" ? unit[0]! & 31 : (unit[0]! >> 1) & 63;
}

/** Whether a unit only says that a picture begins. */
export function isDelimiter(codec: NalCodec, unit: Uint8Array): boolean {
  return typeOf(codec, unit) === (codec === "h264" ? 9 : 35);
}

/** Whether a unit is a parameter set. */
export function isParameterSet(codec: NalCodec, unit: Uint8Array): boolean {
  const type = typeOf(codec, unit);
  return codec === "h264" ? type === 7 || type === 8 : type >= 32 && type <= 34;
}

/**
 * Whether a decoder may start at a picture with this unit: an IDR or IRAP picture,
 * or the sequence parameters that broadcasters send before a picture of that kind.
 */
export function isKeyUnit(codec: NalCodec, unit: Uint8Array): boolean {
  const type = typeOf(codec, unit);
  return codec === "h264" ? type === 5 || type === 7 : type >= 16 && type <= 23;
}

/** Whether bytes begin with a start code of three or four bytes. */
export function hasStartCode(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0 &&
    (bytes[2] === 1 || (bytes[2] === 0 && bytes[3] === 1));
}

/** The units between start codes, without zeros behind them. */
export function splitAnnexB(bytes: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  let start = -1;
  for (let at = bytes.indexOf(1); at >= 0; at = bytes.indexOf(1, at + 1)) {
    if (at < 2 || bytes[at - 1] !== 0 || bytes[at - 2] !== 0) continue;
    if (start >= 0) units.push(trimZeros(bytes.subarray(start, at - 2)));
    start = at + 1;
  }
  if (start >= 0) units.push(trimZeros(bytes.subarray(start)));
  return units.filter((unit) => unit.length > 0);
}

function trimZeros(unit: Uint8Array): Uint8Array {
  let end = unit.length;
  while (end > 0 && unit[end - 1] === 0) end--;
  return unit.subarray(0, end);
}

/** The units behind lengths of `lengthBytes` bytes, as far as they fit. */
export function splitLengths(
  bytes: Uint8Array,
  lengthBytes: number,
): Uint8Array[] {
  const units: Uint8Array[] = [];
  for (let at = 0; at + lengthBytes <= bytes.length;) {
    let length = 0;
    for (let i = 0; i < lengthBytes; i++) length = length * 256 + bytes[at++]!;
    if (length === 0) continue;
    if (at + length > bytes.length) break;
    units.push(bytes.subarray(at, at + length));
    at += length;
  }
  return units;
}

/** Units with start codes of four bytes in front, one after the other. */
export function joinAnnexB(units: readonly Uint8Array[]): Uint8Array {
  return join(units, () => 1);
}

/** Units with their lengths in four bytes in front, one after the other. */
export function joinLengths(units: readonly Uint8Array[]): Uint8Array {
  return join(units, ({ length }) => length);
}

function join(
  units: readonly Uint8Array[],
  mark: (unit: Uint8Array) => number,
): Uint8Array {
  const total = units.reduce((sum, unit) => sum + 4 + unit.length, 0);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const unit of units) {
    view.setUint32(at, mark(unit));
    bytes.set(unit, at + 4);
    at += 4 + unit.length;
  }
  return bytes;
}

/**
 * A picture with start codes and without delimiters.
 *
 * @param lengthBytes of the lengths in front of its units; 0 where it has start codes
 */
export function annexB(
  data: Uint8Array,
  codec: NalCodec,
  lengthBytes: number,
): Uint8Array {
  const units = lengthBytes === 0
    ? splitAnnexB(data)
    : splitLengths(data, lengthBytes);
  return joinAnnexB(
    units.filter((unit) => !isDelimiter(codec, unit)),
  );
}
