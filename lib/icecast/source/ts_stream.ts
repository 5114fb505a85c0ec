/**
 * An MPEG-TS source as a mount's chunks (ISO 13818-1, 2.4): whole packets, and
 * places where a decoder may start, with the newest tables in front. Codecs and
 * times are passed on as they are.
 *
 * With pictures a listener starts where the source says so (random access); at
 * the tables where it never does. Sound alone is started at any of its packets
 * that begins a unit.
 *
 * @module
 */
import { concatBytes } from "../../media/bytes.ts";
import { TS_PACKET_BYTES } from "../../media/ts/locate.ts";
import type { MountChunk } from "../../media/packet.ts";
import { PassedOnStream } from "./live_stream.ts";
import { ArrivalClock, type StreamPiece } from "./arrival_clock.ts";

const SYNC = 0x47;
const PAT_PID = 0;

/** Stream types that are pictures (table 2-34): MPEG-1, -2, -4, H.264, HEVC, AVS. */
const PICTURE_TYPES: ReadonlySet<number> = new Set([
  ...[0x01, 0x02, 0x10, 0x1b, 0x24, 0x42, 0xd2],
]);

/** Streams read of one programme. */
const STREAMS_MAX = 64;

/** The stream of `video/mp2t`. */
export class TsStream extends PassedOnStream {
  readonly #clock = new ArrivalClock();
  #held: Uint8Array = new Uint8Array(0);
  #garbageBytes = 0;
  #pat: Uint8Array = new Uint8Array(0);
  #pmt: Uint8Array = new Uint8Array(0);
  #pmtPid = -1;
  /** Whether each stream of the programme is pictures. */
  #streams = new Map<number, boolean>();
  #saysStart = false;

  get garbageBytes(): number {
    return this.#garbageBytes;
  }

  begin(): void {
    this.#held = new Uint8Array(0);
    this.#garbageBytes = 0;
    this.#pmtPid = -1;
    this.#streams.clear();
    this.#saysStart = false;
    this.#clock.cut();
  }

  push(bytes: Uint8Array, nowMs: number): MountChunk[] {
    const data = concatBytes([this.#held, bytes].filter((x) => x.length > 0));
    const pieces: StreamPiece[] = [];
    let from = 0;
    let at = 0;
    const cutOff = () => {
      if (at > from) pieces.push({ data: data.subarray(from, at) });
      from = at;
    };
    while (at + TS_PACKET_BYTES <= data.length) {
      if (data[at] !== SYNC) {
        cutOff();
        at = nextPacket(data, at + 1);
        from = at;
        continue;
      }
      const header = this.#look(data.subarray(at, at + TS_PACKET_BYTES));
      if (header !== undefined) {
        cutOff();
        pieces.push({ data: data.subarray(at, at + TS_PACKET_BYTES), header });
        from = at + TS_PACKET_BYTES;
      }
      at += TS_PACKET_BYTES;
    }
    cutOff();
    this.#held = data.subarray(at);
    this.#garbageBytes = this.#streams.size > 0 && pieces.length > 0
      ? 0
      : this.#garbageBytes + bytes.length;
    return this.#clock.chunks(pieces, nowMs);
  }

  /** Reads tables; the header of a packet at which a listener may start. */
  #look(packet: Uint8Array): Uint8Array | undefined {
    const pid = (packet[1]! & 0x1f) << 8 | packet[2]!;
    const begins = (packet[1]! & 0x40) !== 0;
    const isTable = pid === PAT_PID || pid === this.#pmtPid;
    if (isTable) {
      this.#readTable(pid, packet, begins);
      const isPlace = pid === PAT_PID && begins && this.#hasPictures &&
        !this.#saysStart;
      return isPlace && this.#pmt.length > 0 ? new Uint8Array(0) : undefined;
    }
    const isPicture = this.#streams.get(pid);
    if (!begins || isPicture === undefined) return undefined;
    const isAccess = (packet[3]! & 0x20) !== 0 && packet[4]! > 0 &&
      (packet[5]! & 0x40) !== 0;
    if (isPicture && isAccess) this.#saysStart = true;
    const starts = this.#hasPictures ? isPicture && isAccess : true;
    return starts ? concatBytes([this.#pat, this.#pmt]) : undefined;
  }

  get #hasPictures(): boolean {
    return [...this.#streams.values()].some((isPicture) => isPicture);
  }

  #readTable(pid: number, packet: Uint8Array, begins: boolean): void {
    const kept = packet.slice();
    if (pid === PAT_PID) {
      this.#pat = begins ? kept : concatBytes([this.#pat, kept]);
      const section = sectionOf(packet);
      if (begins && section) this.#pmtPid = firstProgramme(section) ?? -1;
      return;
    }
    this.#pmt = begins ? kept : concatBytes([this.#pmt, kept]);
    const section = sectionOf(packet);
    if (begins && section) this.#streams = streamsOf(section);
  }
}

/** The section that begins in a packet, as far as it is there, without its CRC. */
function sectionOf(packet: Uint8Array): Uint8Array | undefined {
  const field = (packet[3]! & 0x20) !== 0 ? 1 + packet[4]! : 0;
  const pointerAt = 4 + field;
  const at = pointerAt + 1 + (packet[pointerAt] ?? 0);
  const length = (packet[at + 1]! & 0x0f) << 8 | packet[at + 2]!;
  const section = packet.subarray(at, at + 3 + length - 4);
  return section.length > 8 ? section : undefined;
}

/** PID of the first programme's table. */
function firstProgramme(pat: Uint8Array): number | undefined {
  for (let at = 8; at + 4 <= pat.length; at += 4) {
    const number = pat[at]! << 8 | pat[at + 1]!;
    // 0 is the network's own table.
    if (number !== 0) return (pat[at + 2]! & 0x1f) << 8 | pat[at + 3]!;
  }
  return undefined;
}

/** Each stream's PID, and whether it is pictures. */
function streamsOf(pmt: Uint8Array): Map<number, boolean> {
  const streams = new Map<number, boolean>();
  const skipped = (pmt[10]! & 0x0f) << 8 | pmt[11]!;
  for (let at = 12 + skipped; at + 5 <= pmt.length;) {
    const pid = (pmt[at + 1]! & 0x1f) << 8 | pmt[at + 2]!;
    if (streams.size < STREAMS_MAX) {
      streams.set(pid, PICTURE_TYPES.has(pmt[at]!));
    }
    at += 5 + ((pmt[at + 3]! & 0x0f) << 8 | pmt[at + 4]!);
  }
  return streams;
}

/** Where packets begin again: two marks a packet apart, or one near the end. */
function nextPacket(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const next = bytes[at + TS_PACKET_BYTES] ?? SYNC;
    if (bytes[at] === SYNC && next === SYNC) return at;
  }
  return bytes.length;
}
