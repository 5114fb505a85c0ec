/**
 * What peers say to each other over one WebSocket: the messages as data, and
 * their binary form. A frame is one message: a type byte, then its fields.
 * Numbers are unsigned LEB128 (at most 7 bytes, below 2^48); ids and keys are
 * raw bytes.
 *
 * A content is named once, by `open`, with a small **channel** number of the
 * sender's own; every later message about it carries the *sender's* channel.
 *
 * Goals: a chunk costs a dozen bytes beside its data; a hostile frame costs its
 * sender the link and us nothing. Non-goals: compression, ordering between
 * links, and anything about HTTP.
 *
 * @module
 */
import ipaddr from "ipaddr.js";
import {
  CHANNELS_MAX,
  HAVE_RANGES_MAX,
  PEER_FRAME_BYTES_MAX,
  PEERS_TOLD_MAX,
  REQUEST_LEAVES_MAX,
} from "../limits.ts";
import { AlluviumError } from "../errors.ts";
import type { LeafRange } from "./leaf_set.ts";
import type { PeerAddress } from "./members.ts";

/** The version this program speaks; a hello with another major version ends the link. */
export const PEER_PROTOCOL_VERSION = 1;

/** A message between peers. Leaves are 16 KiB; capacities are bytes per second. */
export type PeerMessage =
  /** First on every link. `id`: 32 hex digits, random per run. `port` 0: cannot be dialled. */
  | {
    type: "hello";
    version: number;
    id: string;
    port: number;
    capacity: number;
  }
  /** From now on `channel` means this content. */
  | { type: "open"; channel: number; key: string; length: number }
  /** The channel is free again; requests on it are void. */
  | { type: "close"; channel: number }
  /** I now also hold these leaves; `queueBytes` is what I still have to send to others within seconds. */
  | { type: "have"; channel: number; queueBytes: number; ranges: LeafRange[] }
  /** Send me this run; it plays in `deadlineMs` (0: it is late already). */
  | {
    type: "request";
    channel: number;
    from: number;
    count: number;
    deadlineMs: number;
  }
  /** Whole leaves from `from` on (the file's last one may be short). */
  | { type: "data"; channel: number; from: number; bytes: Uint8Array }
  /** I no longer want this run. */
  | { type: "cancel"; channel: number; from: number; count: number }
  /** I will not send this run: not held, not shared, or my queue is full. */
  | { type: "refuse"; channel: number; from: number; count: number }
  /** I am leaving, or full; do not dial me again soon. */
  | { type: "bye" }
  /**
   * Others of the station that this content belongs to: whom I am now linked
   * to, or was told about and found there, and ids of those I no longer am.
   */
  | { type: "peers"; channel: number; add: PeerAddress[]; drop: string[] };

const TYPES = [
  "hello",
  "open",
  "close",
  "have",
  "request",
  "data",
  "cancel",
  "refuse",
  "bye",
  "peers",
] as const satisfies PeerMessage["type"][];

/** Bytes a `data` frame needs beside its leaves, at most. */
export const DATA_HEAD_BYTES: number = 1 + 7 + 7;

/** The frame of a message. */
export function encodeMessage(message: PeerMessage): Uint8Array<ArrayBuffer> {
  const writer = new Writer(message.type === "data" ? message.bytes.length : 0);
  writer.byte(TYPES.indexOf(message.type));
  switch (message.type) {
    case "hello":
      writer.number(message.version);
      writer.hex(message.id);
      writer.number(message.port);
      writer.number(message.capacity);
      break;
    case "open":
      writer.number(message.channel);
      writer.hex(message.key);
      writer.number(message.length);
      break;
    case "close":
      writer.number(message.channel);
      break;
    case "have":
      writer.number(message.channel);
      writer.number(message.queueBytes);
      writer.ranges(message.ranges);
      break;
    case "request":
      writer.run(message);
      writer.number(message.deadlineMs);
      break;
    case "cancel":
    case "refuse":
      writer.run(message);
      break;
    case "data":
      writer.number(message.channel);
      writer.number(message.from);
      writer.bytes(message.bytes);
      break;
    case "bye":
      break;
    case "peers":
      writer.number(message.channel);
      writer.peers(message);
      break;
  }
  return writer.finish();
}

/**
 * The frame of a `data` message whose leaves are still to be written into it.
 *
 * @param length bytes of leaves
 * @param into at least `DATA_HEAD_BYTES` more, to be used for it; else it is made
 */
export function dataFrame(
  channel: number,
  from: number,
  length: number,
  into?: Uint8Array<ArrayBuffer>,
): { frame: Uint8Array<ArrayBuffer>; bytes: Uint8Array<ArrayBuffer> } {
  const bytes = new Uint8Array();
  const head = encodeMessage({ type: "data", channel, from, bytes });
  const size = head.length + length;
  const frame = into?.subarray(0, size) ?? new Uint8Array(size);
  frame.set(head);
  return { frame, bytes: frame.subarray(head.length) };
}

/**
 * Reads a frame. Bytes after the last field are ignored, so that a newer peer
 * may add fields.
 *
 * @returns undefined for a message of an unknown type
 * @throws AlluviumError `peer-protocol` when a field is missing or out of range
 */
export function decodeMessage(frame: Uint8Array): PeerMessage | undefined {
  if (frame.length > PEER_FRAME_BYTES_MAX) {
    throw protocolError(
      `Frame of ${frame.length} bytes is over the limit of ${PEER_FRAME_BYTES_MAX}`,
    );
  }
  const reader = new Reader(frame);
  const type = TYPES[reader.byte("type")];
  switch (type) {
    case "hello":
      return {
        type,
        version: reader.number("version"),
        id: reader.hex("id", 16),
        port: reader.number("port", 65_535),
        capacity: reader.number("capacity"),
      };
    case "open":
      return {
        type,
        channel: reader.channel(),
        key: reader.hex("key", 32),
        length: reader.number("length"),
      };
    case "close":
      return { type, channel: reader.channel() };
    case "have":
      return {
        type,
        channel: reader.channel(),
        queueBytes: reader.number("queue"),
        ranges: reader.ranges(),
      };
    case "request":
      return {
        type,
        ...reader.run(),
        deadlineMs: reader.number("deadline"),
      };
    case "cancel":
    case "refuse":
      return { type, ...reader.run() };
    case "data":
      return {
        type,
        channel: reader.channel(),
        from: reader.number("from"),
        bytes: reader.rest("data"),
      };
    case "bye":
      return { type };
    case "peers":
      return { type, channel: reader.channel(), ...reader.peers() };
    default:
      return undefined;
  }
}

class Writer {
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

class Reader {
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

  #list<T>(field: string, read: () => T): T[] {
    const length = this.number(field, PEERS_TOLD_MAX);
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
    return ipaddr.process(ipaddr.fromByteArray(bytes).toString()).toString();
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

function protocolError(message: string, field?: string): AlluviumError {
  return new AlluviumError(
    "peer-protocol",
    message,
    field === undefined ? {} : { field },
  );
}
