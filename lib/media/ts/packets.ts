/**
 * MPEG-TS packets of 188 bytes (ISO 13818-1, 2.4.3): payload cut to size, counted
 * for continuity, padded by adaptation fields. Pure.
 *
 * @module
 */
import { TS_PACKET_BYTES } from "./locate.ts";

/** Bytes of a packet behind its head. */
const BODY_BYTES = TS_PACKET_BYTES - 4;

/** What the first packet of a payload says. */
export interface UnitStart {
  /** The programme's clock, in ticks of 90 kHz. */
  pcr?: number;
  /** Whether a decoder may start here. */
  randomAccess?: boolean;
}

/** Cuts payloads of one PID into packets. */
export class TsPacketizer {
  readonly #pid: number;
  #continuity = 0;

  /** @param pid 16 to 8190, or 0 for the programme table */
  constructor(pid: number) {
    this.#pid = pid;
  }

  /** The packets of one PES packet or section. */
  packets(payload: Uint8Array, start: UnitStart = {}): Uint8Array {
    const first = adaptation(start);
    const rest = Math.max(0, payload.length - (BODY_BYTES - first.length));
    const count = 1 + Math.ceil(rest / BODY_BYTES);
    const bytes = new Uint8Array(count * TS_PACKET_BYTES);
    let taken = 0;
    for (let i = 0; i < count; i++) {
      const field = i === 0 ? first : NO_FIELD;
      const at = i * TS_PACKET_BYTES;
      const left = payload.length - taken;
      const room = BODY_BYTES - field.length;
      const stuffing = Math.max(0, room - left);
      this.#head(bytes, at, i === 0, field.length + stuffing > 0);
      writeField(bytes, at + 4, field, stuffing);
      const from = at + 4 + field.length + stuffing;
      const to = Math.min(payload.length, taken + room - stuffing);
      bytes.set(payload.subarray(taken, to), from);
      taken = to;
    }
    return bytes;
  }

  /** A packet that tells the programme's clock, in ticks of 90 kHz, and nothing else. */
  clock(pcr: number): Uint8Array {
    const bytes = new Uint8Array(TS_PACKET_BYTES);
    const field = adaptation({ pcr });
    // Without payload it counts as the packet before it.
    const continuity = (this.#continuity + 15) & 15;
    bytes.set([0x47, this.#pid >> 8, this.#pid & 255, 0x20 | continuity]);
    writeField(bytes, 4, field, BODY_BYTES - field.length);
    return bytes;
  }

  #head(bytes: Uint8Array, at: number, isFirst: boolean, hasField: boolean) {
    bytes[at] = 0x47;
    bytes[at + 1] = (isFirst ? 0x40 : 0) | (this.#pid >> 8);
    bytes[at + 2] = this.#pid & 255;
    bytes[at + 3] = (hasField ? 0x30 : 0x10) | this.#continuity;
    this.#continuity = (this.#continuity + 1) & 15;
  }
}

const NO_FIELD = new Uint8Array(0);

/** The adaptation field of a first packet, without stuffing; empty for none. */
function adaptation({ pcr, randomAccess }: UnitStart): Uint8Array {
  if (pcr === undefined && randomAccess !== true) return NO_FIELD;
  const flags = (randomAccess ? 0x40 : 0) | (pcr === undefined ? 0 : 0x10);
  if (pcr === undefined) return new Uint8Array([1, flags]);
  const base = pcr % 2 ** 33;
  return new Uint8Array([
    ...[7, flags],
    Math.floor(base / 2 ** 25) & 255,
    Math.floor(base / 2 ** 17) & 255,
    Math.floor(base / 2 ** 9) & 255,
    Math.floor(base / 2) & 255,
    ((base % 2) << 7) | 0x7e,
    0,
  ]);
}

/** Writes a field and as many bytes of stuffing behind it, its length adjusted. */
function writeField(
  bytes: Uint8Array,
  at: number,
  field: Uint8Array,
  stuffing: number,
): void {
  bytes.set(field, at);
  const total = field.length + stuffing;
  if (total === 0) return;
  bytes[at] = total - 1;
  if (field.length === 0 && total > 1) bytes[at + 1] = 0;
  const from = Math.max(field.length, 2);
  if (total > from) bytes.fill(0xff, at + from, at + total);
}
