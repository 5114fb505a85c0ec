/**
 * Takes an MPEG-TS file apart: pieces of any size in, PES packets of the streams
 * of its first programme out.
 *
 * Promises: nothing throws; a packet counts when the next one begins where it
 * ends, so after damage it goes on with the next good packet.
 *
 * @module
 */
import { concatBytes } from "../bytes.ts";
import { TS_PACKET_BYTES } from "./locate.ts";
import { PesReader, type PesUnit } from "./pes_reader.ts";
import {
  programmeMap,
  programmeStreams,
  type TsStream,
} from "./read_tables.ts";

const SYNC = 0x47;

/** Takes units apart from packets. */
export class TsDemuxer {
  readonly #onUnit: (stream: TsStream, unit: PesUnit) => void;
  readonly #readers = new Map<number, { stream: TsStream; pes: PesReader }>();
  #streams: readonly TsStream[] | undefined;
  #mapPid: number | undefined;
  #held: Uint8Array = new Uint8Array(0);

  /**
   * @param onUnit takes each PES packet, in the order of their ends
   * @param streams where they are known; else what the tables say
   */
  constructor(
    onUnit: (stream: TsStream, unit: PesUnit) => void,
    streams?: readonly TsStream[],
  ) {
    this.#onUnit = onUnit;
    if (streams !== undefined) this.#take(streams);
  }

  /** The streams of the programme; undefined before the tables were met. */
  get streams(): readonly TsStream[] | undefined {
    return this.#streams;
  }

  /** Takes the next bytes. */
  push(chunk: Uint8Array): void {
    const bytes = this.#held.length === 0
      ? chunk
      : concatBytes([this.#held, chunk]);
    // The first byte behind a packet says whether it is whole.
    const at = this.#packets(bytes, bytes.length - 1);
    this.#held = bytes.subarray(at);
  }

  /** Says that no more bytes come. */
  finish(): void {
    this.#packets(this.#held, this.#held.length);
    this.#held = new Uint8Array(0);
    for (const { stream, pes } of this.#readers.values()) {
      const unit = pes.finish();
      if (unit !== undefined) this.#onUnit(stream, unit);
    }
  }

  /** Takes the packets that end at or before `limit`; where it stands then. */
  #packets(bytes: Uint8Array, limit: number): number {
    let at = 0;
    while (at + TS_PACKET_BYTES <= limit) {
      const end = at + TS_PACKET_BYTES;
      const isWhole = bytes[at] === SYNC &&
        (end === bytes.length || bytes[end] === SYNC);
      if (isWhole) {
        this.#packet(bytes, at);
        at = end;
        continue;
      }
      const next = bytes.indexOf(SYNC, at + 1);
      at = next < 0 ? bytes.length : next;
    }
    return Math.min(at, bytes.length);
  }

  #packet(bytes: Uint8Array, at: number): void {
    const pid = ((bytes[at + 1]! & 31) << 8) | bytes[at + 2]!;
    const control = bytes[at + 3]!;
    const isBad = (bytes[at + 1]! & 0x80) !== 0 || (control & 0xc0) !== 0;
    const from = at + ((control & 0x20) === 0 ? 4 : 5 + bytes[at + 4]!);
    const end = at + TS_PACKET_BYTES;
    const reader = this.#readers.get(pid);
    if (isBad) return reader?.pes.lose();
    if ((control & 0x10) === 0 || from >= end) return;
    const isStart = (bytes[at + 1]! & 0x40) !== 0;
    if (reader !== undefined) {
      const payload = bytes.subarray(from, end);
      const unit = reader.pes.push(payload, isStart, control & 15);
      if (unit !== undefined) this.#onUnit(reader.stream, unit);
    } else if (this.#streams === undefined && isStart) {
      this.#table(pid, bytes.subarray(from, end));
    }
  }

  #table(pid: number, payload: Uint8Array): void {
    if (pid === 0) this.#mapPid = programmeMap(payload) ?? this.#mapPid;
    else if (pid === this.#mapPid) {
      const streams = programmeStreams(payload);
      if (streams !== undefined) this.#take(streams);
    }
  }

  #take(streams: readonly TsStream[]): void {
    this.#streams = streams;
    for (const stream of streams) {
      if (stream.codec === "other") continue;
      this.#readers.set(stream.pid, { stream, pes: new PesReader() });
    }
  }
}
