/**
 * What MP4 and Matroska keep for a decoder of AV1 (`av1C`, AV1-ISOBMFF 2.3.3),
 * made from the codec's full name and a key picture, where a reader of MP4 does
 * not hand it on. Pure and total.
 *
 * @module
 */
import { concatBytes } from "../bytes.ts";

/** Kind of a sequence header among open bitstream units (AV1, 6.2.2). */
const SEQUENCE_HEADER = 1;

/**
 * The contents of `av1C`; `undefined` where the name or the picture do not tell.
 *
 * @param name e.g. `av01.0.04M.10.0.112`
 * @param key a picture with its sequence header in front
 */
export function av1Config(
  name: string | undefined,
  key: Uint8Array,
): Uint8Array | undefined {
  const parts = /^av01\.(\d)\.(\d\d)([MH])\.(\d\d)(?:\.(\d)\.(\d)(\d)(\d))?/
    .exec(name ?? "");
  const sequence = sequenceHeader(key);
  if (parts === null || sequence === undefined) return undefined;
  const [profile, level, depth] = [parts[1], parts[2], parts[4]].map(Number);
  const [grey, x, y, place] = [parts[5], parts[6], parts[7], parts[8]]
    .map((digit, i) => Number(digit ?? [0, 1, 1, 0][i]));
  const flags = (parts[3] === "H" ? 0x80 : 0) | (depth! > 8 ? 0x40 : 0) |
    (depth! > 10 ? 0x20 : 0) | grey! << 4 | x! << 3 | y! << 2 | place! & 3;
  return concatBytes([
    new Uint8Array([0x81, profile! << 5 | level! & 31, flags, 0]),
    sequence,
  ]);
}

/** The first unit that is a sequence header, its own head included. */
function sequenceHeader(picture: Uint8Array): Uint8Array | undefined {
  for (let at = 0; at < picture.length;) {
    const head = picture[at]!;
    const hasSize = (head & 2) !== 0;
    let begin = at + 1 + ((head >> 2) & 1);
    let size = picture.length - begin;
    if (hasSize) {
      size = 0;
      for (let i = 0; i < 5; i++) {
        const byte = picture[begin++] ?? 0;
        size += (byte & 127) * 128 ** i;
        if (byte < 128) break;
      }
    }
    const end = begin + size;
    if (end > picture.length) return undefined;
    const kind = (head >> 3) & 15;
    if (kind === SEQUENCE_HEADER && hasSize) return picture.slice(at, end);
    at = end;
  }
  return undefined;
}
