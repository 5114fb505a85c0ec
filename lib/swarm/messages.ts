/**
 * What peers say to each other over one WebSocket: the messages as data, and
 * their binary form. A frame is one message: a type byte, then its fields.
 * How a field is written is in `fields.ts`.
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
import { LEAF_BYTES } from "../hashtree/geometry.ts";
import { PEER_FRAME_BYTES_MAX } from "../limits.ts";
import {
  type AgedId,
  FieldReader,
  FieldWriter,
  protocolError,
} from "./fields.ts";
import type { LeafRange } from "./leaf_set.ts";
import type { PeerAddress } from "./members.ts";

/** The version this program speaks; a hello with another ends the link. */
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
   * to, and ids of those I no longer am.
   */
  | { type: "peers"; channel: number; add: PeerAddress[]; drop: string[] }
  /** Members of the station that this content belongs to who are there, by what I know (`roll.ts`). */
  | { type: "roll"; channel: number; entries: AgedId[] };

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
  "roll",
] as const satisfies PeerMessage["type"][];

/** Bytes a `data` frame needs beside its leaves, at most. */
export const DATA_HEAD_BYTES: number = 1 + 7 + 7;

/** Whether a frame is a `data` message, as its first byte says, and long enough for a whole leaf. */
export function bringsMedia(frame: Uint8Array): boolean {
  return frame[0] === TYPES.indexOf("data") && frame.length > LEAF_BYTES;
}

/** The frame of a message. */
export function encodeMessage(message: PeerMessage): Uint8Array<ArrayBuffer> {
  const writer = new FieldWriter(
    message.type === "data" ? message.bytes.length : 0,
  );
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
    case "roll":
      writer.number(message.channel);
      writer.aged(message.entries);
      break;
  }
  return writer.finish();
}

/**
 * The frame of a `data` message whose leaves are still to be written into it.
 *
 * @param length bytes of leaves
 * @param into at least `DATA_HEAD_BYTES` more, to be used for it
 */
export function dataFrame(
  channel: number,
  from: number,
  length: number,
  into: Uint8Array<ArrayBuffer>,
): { frame: Uint8Array<ArrayBuffer>; bytes: Uint8Array<ArrayBuffer> } {
  const bytes = new Uint8Array();
  const head = encodeMessage({ type: "data", channel, from, bytes });
  const frame = into.subarray(0, head.length + length);
  frame.set(head);
  return { frame, bytes: frame.subarray(head.length) };
}

/** The leaves that a frame brings, as a view of it; undefined where it brings none, or is malformed. */
export function leavesIn<B extends ArrayBufferLike>(
  frame: Uint8Array<B>,
): Uint8Array<B> | undefined {
  if (TYPES[frame[0] ?? -1] !== "data") return undefined;
  const reader = new FieldReader(frame.subarray(1));
  try {
    reader.channel();
    reader.number("from");
    const { length } = reader.rest("data");
    return frame.subarray(frame.length - length);
  } catch {
    return undefined; // Whoever reads it as a message says so.
  }
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
  const reader = new FieldReader(frame);
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
    case "roll":
      return { type, channel: reader.channel(), entries: reader.aged() };
    default:
      return undefined;
  }
}
