/**
 * Gathers PES packets from the MPEG-TS packets of one PID (ISO 13818-1, 2.4.3.6).
 *
 * Promises: nothing throws; what lost a packet on its way is told; no more than
 * FILM_UNIT_BYTES_MAX are held.
 *
 * @module
 */
import { FILM_UNIT_BYTES_MAX } from "../../limits.ts";
import { concatBytes } from "../bytes.ts";

/** One PES packet. */
export interface PesUnit {
  /** When it is shown and decoded, in ticks of 90 kHz modulo 2^33; absent where it does not say. */
  pts?: number;
  dts?: number;
  /** What it carries. */
  data: Uint8Array;
  /** Whether bytes of it were lost. */
  isDamaged: boolean;
}

const HEAD_BYTES = 9;

/** Reads one PID. */
export class PesReader {
  #parts: Uint8Array[] = [];
  #size = 0;
  /** Bytes of the whole; Infinity where only the next one ends it. */
  #expected = Infinity;
  #isOpen = false;
  #isDamaged = false;
  #counter: number | undefined;

  /**
   * Takes the payload of the next packet; returns the unit that it ends.
   *
   * @param isStart whether a PES packet begins with it
   * @param counter of continuity, modulo 16
   */
  push(
    payload: Uint8Array,
    isStart: boolean,
    counter: number,
  ): PesUnit | undefined {
    const last = this.#counter;
    this.#counter = counter;
    // A packet may be sent twice (2.4.3.3).
    const isFresh = isStart && !(this.#isOpen && this.#parts.length === 1);
    if (last === counter && !isFresh) return undefined;
    const isNext = last === undefined || ((last + 1) & 15) === counter;
    if (!isNext) this.#isDamaged = true;
    if (!isStart) return this.#add(payload);
    const ended = this.finish();
    this.#isOpen = payload[0] === 0 && payload[1] === 0 && payload[2] === 1;
    const length = ((payload[4] ?? 0) << 8) | (payload[5] ?? 0);
    this.#expected = length === 0 ? Infinity : length + 6;
    // Where the one before has not ended, it is that one which is whole now.
    return ended === undefined
      ? this.#add(payload)
      : this.#keep(payload, ended);
  }

  /** A packet of the PID was lost. */
  lose(): void {
    this.#isDamaged = true;
  }

  /** Says that no more comes, and returns the last one. */
  finish(): PesUnit | undefined {
    if (!this.#isOpen) {
      this.#reset();
      return undefined;
    }
    const bytes = concatBytes(this.#parts);
    const isCut = this.#expected !== Infinity && bytes.length < this.#expected;
    const isDamaged = this.#isDamaged || isCut;
    this.#reset();
    return readUnit(bytes, isDamaged);
  }

  #keep(payload: Uint8Array, ended: PesUnit): PesUnit {
    this.#parts.push(payload);
    this.#size = payload.length;
    return ended;
  }

  #add(payload: Uint8Array): PesUnit | undefined {
    if (!this.#isOpen) return undefined;
    this.#parts.push(payload);
    this.#size += payload.length;
    if (this.#size > FILM_UNIT_BYTES_MAX) this.#isOpen = false;
    return this.#size >= this.#expected ? this.finish() : undefined;
  }

  #reset(): void {
    this.#parts = [];
    this.#size = 0;
    this.#expected = Infinity;
    this.#isOpen = false;
    this.#isDamaged = false;
  }
}

function readUnit(bytes: Uint8Array, isDamaged: boolean): PesUnit | undefined {
  if (bytes.length < HEAD_BYTES) return undefined;
  const from = HEAD_BYTES + bytes[8]!;
  const length = (bytes[4]! << 8) | bytes[5]!;
  const end = length === 0 ? bytes.length : Math.min(bytes.length, length + 6);
  if (from >= end) return undefined;
  const flags = bytes[7]! >> 6;
  const pts = (flags & 2) !== 0 && from >= 14 ? timestamp(bytes, 9) : undefined;
  const dts = flags === 3 && from >= 19 ? timestamp(bytes, 14) : undefined;
  return {
    data: bytes.subarray(from, end),
    isDamaged,
    ...(pts !== undefined && { pts }),
    ...(dts !== undefined && { dts }),
  };
}

/** 33 bits among marker bits. */
export function timestamp(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! >> 1) & 7) * 2 ** 30 + (bytes[at + 1]! << 22) +
    ((bytes[at + 2]! >> 1) << 15) + (bytes[at + 3]! << 7) +
    (bytes[at + 4]! >> 1);
}
