/**
 * The checksum of Ogg pages (RFC 3533, section 6): CRC-32 with polynomial
 * 0x04c11db7, most significant bit first, start and end 0. Four tables take four
 * bytes a step.
 *
 * @module
 */

const POLYNOMIAL = 0x04c11db7;

const TABLES = makeTables();

/** `TABLES[k][b]` is byte `b` followed by `k` zero bytes, divided. */
function makeTables(): Uint32Array[] {
  const first = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte << 24;
    for (let bit = 0; bit < 8; bit++) {
      value = value < 0 ? (value << 1) ^ POLYNOMIAL : value << 1;
    }
    first[byte] = value >>> 0;
  }
  const tables = [first];
  for (let k = 1; k < 4; k++) {
    tables.push(
      tables[k - 1]!.map((value) =>
        ((value << 8) ^ first[value >>> 24]!) >>> 0
      ),
    );
  }
  return tables;
}

const [T0, T1, T2, T3] = TABLES as [
  Uint32Array,
  Uint32Array,
  Uint32Array,
  Uint32Array,
];

/**
 * The checksum of bytes, or its continuation.
 *
 * @param crc the checksum of what came before, 0 at the start
 */
export function oggCrc(
  bytes: Uint8Array,
  from = 0,
  to = bytes.length,
  crc = 0,
): number {
  let at = from;
  for (; at + 4 <= to; at += 4) {
    crc ^= (bytes[at]! << 24) | (bytes[at + 1]! << 16) |
      (bytes[at + 2]! << 8) | bytes[at + 3]!;
    crc = T3[crc >>> 24]! ^ T2[(crc >>> 16) & 255]! ^ T1[(crc >>> 8) & 255]! ^
      T0[crc & 255]!;
  }
  for (; at < to; at++) {
    crc = (crc << 8) ^ T0[(crc >>> 24) ^ bytes[at]!]!;
  }
  return crc >>> 0;
}
