/**
 * Packets of one logical stream from its pages. A packet that lost a part to a
 * missing page is dropped; the next whole one is good.
 *
 * @module
 */
import { OGG_PACKET_BYTES_MAX } from "../../limits.ts";
import { concatBytes } from "../bytes.ts";
import type { OggPage } from "./page.ts";

/** A whole packet. */
export interface RawPacket {
  /** Its bytes. */
  data: Uint8Array;
  /** It was longer than {@linkcode OGG_PACKET_BYTES_MAX}: this is its beginning. */
  cut: boolean;
}

/** Joins segments to packets, in the order of the pages. */
export class Packetizer {
  /** The parts of a packet that is not complete. */
  #parts: Uint8Array[] = [];
  #bytes = 0;
  /** Whether `#parts` is the beginning of a packet that goes on. */
  #open = false;
  #sequence: number | undefined;

  /** Takes the next page of the stream and returns the packets that end on it. */
  push(page: OggPage): RawPacket[] {
    const follows = this.#sequence === undefined ||
      page.sequence === (this.#sequence + 1) % 2 ** 32;
    this.#sequence = page.sequence;
    if (!follows || !page.continued) this.#drop();
    // Without its beginning the end of a packet is worth nothing.
    let orphan = page.continued && !this.#open;
    const packets: RawPacket[] = [];
    let at = 0;
    for (let i = 0; i < page.lacing.length;) {
      const { length, segments, ends } = nextPiece(page.lacing, i);
      if (!orphan) this.#add(page.body.subarray(at, at + length));
      if (ends && !orphan) packets.push(this.#take());
      if (ends) orphan = false;
      at += length;
      i += segments;
    }
    return packets;
  }

  #add(part: Uint8Array): void {
    this.#open = true;
    const room = Math.max(0, OGG_PACKET_BYTES_MAX - this.#bytes);
    this.#parts.push(part.subarray(0, room));
    this.#bytes += part.length;
  }

  #take(): RawPacket {
    const packet = {
      data: concatBytes(this.#parts),
      cut: this.#bytes > OGG_PACKET_BYTES_MAX,
    };
    this.#drop();
    return packet;
  }

  #drop(): void {
    this.#parts = [];
    this.#bytes = 0;
    this.#open = false;
  }
}

/** Segments up to the first that is shorter than 255, which ends a packet. */
function nextPiece(
  lacing: Uint8Array,
  from: number,
): { length: number; segments: number; ends: boolean } {
  let length = 0;
  for (let i = from; i < lacing.length; i++) {
    length += lacing[i]!;
    if (lacing[i]! < 255) {
      return { length, segments: i + 1 - from, ends: true };
    }
  }
  return { length, segments: lacing.length - from, ends: false };
}
