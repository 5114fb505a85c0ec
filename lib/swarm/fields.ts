/**
 * The fields of a frame between peers, written and read. Numbers are unsigned
 * LEB128 (at most 7 bytes, below 2^48); ids and keys are raw bytes; addresses
 * and ranges are made of these. What is missing, or over its limit, is the
 * peer's fault. Which fields a message has is in `messages.ts`.
 *
 * @module
 */
import ipaddr from "ipaddr.js";
import { AlluviumError } from "../errors.ts";
import {
  CHANNELS_MAX,
  HAVE_RANGES_MAX,
  PEERS_TOLD_MAX,
  REQUEST_LEAVES_MAX,
  ROLL_MAX,
} from "../limits.ts";
import type { LeafRange } from "./leaf_set.ts";
import type { PeerAddress } from "./members.ts";

/** A member on a roll, as it travels. */
export interface AgedId {
  /** 32 hex digits. */
  readonly id: string;
  /** Whole seconds since it said that it is there. */
  readonly ageSeconds: number;
}

/** Writes the fields of one frame. */
export class FieldWriter {
  #buffer: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(payloadBytes: number) {
    this.#buffer = new Uint8Array(64 + payloadBytes);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#at++] = value;
  }

  number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0 || value >= 2 ** 48) {
      throw new RangeError(`Cannot encode ${value}: not within 0 to 2^48`);
    }
    let rest = value;
    while (rest >= 128) {
      this.byte(rest % 128 + 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  hex(digits: string): void {
    this.bytes(Uint8Array.fromHex(digits));
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  run(run: { channel: number; from: number; count: number }): void {
    this.number(run.channel);
    this.number(run.from);
    this.number(run.count);
  }

  /** Ranges as gap since the last one's end, and length. */
  ranges(ranges: LeafRange[]): void {
    this.number(ranges.length);
    let end = 0;
    for (const range of ranges) {
      this.number(range.from - end);
      this.number(range.until - range.from);
      end = range.until;
    }
  }

  /** Addresses as length and bytes in network order. */
  peers({ add, drop }: { add: PeerAddress[]; drop: string[] }): void {
    this.number(add.length);
    for (const { id, host, port } of add) {
      this.hex(id);
      const address = ipaddr.process(host).toByteArray();
      this.byte(address.length);
      this.bytes(Uint8Array.from(address));
      this.number(port);
    }
    this.number(drop.length);
    for (const id of drop) this.hex(id);
  }

  aged(entries: readonly AgedId[]): void {
    this.number(entries.length);
    for (const { id, ageSeconds } of entries) {
      this.hex(id);
      this.number(ageSeconds);
    }
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#at);
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const grown = new Uint8Array((this.#at + bytes) * 2);
    grown.set(this.#buffer);
    this.#buffer = grown;
  }
}

/** Reads the fields of one frame; what is missing or out of range is an error of the peer. */
export class FieldReader {
  #at = 0;

  constructor(readonly frame: Uint8Array) {}

  byte(field: string): number {
    const value = this.frame[this.#at++];
    if (value === undefined) throw protocolError("Frame ends early", field);
    return value;
  }

  number(field: string, max = 2 ** 48 - 1): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 49; scale *= 128) {
      const byte = this.byte(field);
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value <= max) return value;
        break;
      }
    }
    throw protocolError(`Number is over ${max}`, field);
  }

  channel(): number {
    return this.number("channel", CHANNELS_MAX - 1);
  }

  hex(field: string, bytes: number): string {
    return this.#take(field, bytes).toHex();
  }

  run(): { channel: number; from: number; count: number } {
    const channel = this.channel();
    const from = this.number("from");
    const count = this.number("count", REQUEST_LEAVES_MAX);
    if (count === 0) throw protocolError("Run of no leaves", "count");
    return { channel, from, count };
  }

  ranges(): LeafRange[] {
    const count = this.number("ranges", HAVE_RANGES_MAX);
    const ranges: LeafRange[] = [];
    let end = 0;
    for (let i = 0; i < count; i++) {
      const from = end + this.number("from");
      end = from + this.number("length");
      ranges.push({ from, until: end });
    }
    return ranges;
  }

  peers(): { add: PeerAddress[]; drop: string[] } {
    const add = this.#list("add", () => ({
      id: this.hex("id", 16),
      host: this.#host(),
      port: this.number("port", 65_535),
    }));
    return { add, drop: this.#list("drop", () => this.hex("id", 16)) };
  }

  aged(): AgedId[] {
    return this.#list("entries", () => ({
      id: this.hex("id", 16),
      ageSeconds: this.number("age"),
    }), ROLL_MAX);
  }

  #list<T>(field: string, read: () => T, max = PEERS_TOLD_MAX): T[] {
    const length = this.number(field, max);
    return Array.from({ length }, read);
  }

  /** An IPv4 address written as IPv6 is read as what it is. */
  #host(): string {
    const length = this.byte("host");
    if (length !== 4 && length !== 16) {
      throw protocolError(`Address of ${length} bytes`, "host");
    }
    const bytes = [...this.#take("host", length)];
    if (length === 4) return bytes.join(".");
    const address = ipaddr.fromByteArray(bytes) as ipaddr.IPv6;
    const isMapped = address.isIPv4MappedAddress();
    return (isMapped ? address.toIPv4Address() : address).toString();
  }

  rest(field: string): Uint8Array {
    return this.#take(field, this.frame.length - this.#at);
  }

  #take(field: string, bytes: number): Uint8Array {
    if (this.#at + bytes > this.frame.length) {
      throw protocolError("Frame ends early", field);
    }
    const part = this.frame.subarray(this.#at, this.#at + bytes);
    this.#at += bytes;
    return part;
  }
}

/** The peer broke the rules. */
export function protocolError(message: string, field?: string): AlluviumError {
  return new AlluviumError(
    "peer-protocol",
    message,
    field === undefined ? {} : { field },
  );
}
