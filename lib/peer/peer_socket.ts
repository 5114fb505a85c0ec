/**
 * Either end of a peer link: a WebSocket (RFC 6455) for one use. `ws` makes two
 * buffers of every message and copies one into the other; a download spends more
 * time on that than on its hashes. Here a read goes into one buffer, messages are
 * views of it, and small ones leave by one write.
 *
 * It does what peers need and no more: binary messages in one frame each, no
 * extension, no subprotocol. A pong means nothing, and what no peer sends (text, a
 * frame that is not masked as it should be, a message in parts, one over the limit)
 * ends the link.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { EventEmitter } from "node:events";
import type { Clock } from "../clock.ts";
import type { BufferPool } from "./buffer_pool.ts";
import type { Connection } from "./connection.ts";
import { FrameReader, MASK_BYTES, maskBytes, OPCODE } from "./frame_reader.ts";
import type { Opened } from "./handshake.ts";

/** Frames up to this are joined into one write; larger ones are not copied. */
const JOINED_BYTES_MAX = 32 * 1024;

/** Read in one turn, before all else in the program has one: a millisecond's worth. */
const TURN_BYTES = 512 * 1024;

/** What is to be sent before the end has that long to leave, and the other side to answer. */
const CLOSE_MS = 5_000;

/** What a socket works with. */
export interface PeerSocketOptions {
  /** For connecting and the handshake. */
  timeoutMs: number;
  /** A message over this ends the link. */
  frameBytesMax: number;
  /**
   * A client masks what it sends, by RFC 6455; with zeros, which is no work, on
   * links without proxies on the way. A server does not mask.
   */
  masks: "random" | "zeros" | "none";
  /** What is read is read into buffers of this. */
  pool: BufferPool;
  /** For time limits, and for giving way to others. */
  clock: Clock;
}

interface Outgoing {
  bytes: Uint8Array<ArrayBuffer>[];
  length: number;
  sent: () => void;
}

interface Events {
  open: [];
  /** Every frame; those that are not binary mean nothing to a peer, and cost it as much. */
  frame: [payload: Uint8Array, binary: boolean];
  close: [];
}

/** One end of a link. Emits `open` or not, then `frame`s, then `close` once. */
export class PeerSocket extends EventEmitter<Events> {
  readonly #opening = new AbortController();
  #connection: Connection | undefined;
  #hasOpened = false;
  #isClosing = false;
  #saidGoodbye = false;
  #heardGoodbye = false;
  #isOver = false;
  #bufferedBytes = 0;
  #queue: Outgoing[] = [];
  #isWriting = false;
  #owesPong = false;
  #cancelClose: (() => void) | undefined;
  #resume: (() => void) | undefined;
  #paused: Promise<void> | undefined;

  /**
   * Begins to open.
   *
   * @param open dials or answers, until the signal gives up
   */
  constructor(
    open: (signal: AbortSignal) => Promise<Opened>,
    readonly options: PeerSocketOptions,
  ) {
    super();
    void this.#run(open);
  }

  /** Whether messages can be sent. */
  get isOpen(): boolean {
    return this.#hasOpened && !this.#isOver && !this.#isClosing;
  }

  /** Bytes given to `send` that the system has not taken. */
  get bufferedAmount(): number {
    return this.#bufferedBytes;
  }

  /**
   * Sends a binary message, if it is open.
   *
   * @param data not touched again by the caller
   * @param sent called when the system has taken it, or it is lost
   */
  send(data: Uint8Array, sent: () => void = () => {}): void {
    this.#send(OPCODE.binary, data, sent);
  }

  /** Takes nothing in until {@linkcode PeerSocket.resume}. */
  pause(): void {
    this.#paused ??= new Promise((resolve) => this.#resume = resolve);
  }

  /** Takes in again. */
  resume(): void {
    this.#resume?.();
    this.#paused = undefined;
  }

  /** Says goodbye, and ends when the other side has heard it or does not listen. */
  close(): void {
    if (this.#isClosing) return;
    if (!this.isOpen) return this.terminate();
    this.#send(OPCODE.close, new Uint8Array(), () => {
      this.#saidGoodbye = true;
      if (this.#heardGoodbye) this.terminate();
      else this.#connection?.end();
    });
    this.#isClosing = true;
    const giveUp = () => this.terminate();
    this.#cancelClose = this.options.clock.timer(CLOSE_MS, giveUp);
  }

  /** Ends at once. */
  terminate(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelClose?.();
    this.resume();
    this.#opening.abort();
    this.#connection?.close();
  }

  async #run(open: (signal: AbortSignal) => Promise<Opened>): Promise<void> {
    const { clock, timeoutMs } = this.options;
    const cancel = clock.timer(timeoutMs, () => this.terminate());
    try {
      const { connection, head } = await open(this.#opening.signal);
      this.#connection = connection;
      if (this.#isOver) return connection.close();
      cancel();
      this.#hasOpened = true;
      this.emit("open");
      await this.#read(connection, head);
    } catch {
      // However it ended, `close` is what tells.
    } finally {
      cancel();
      this.terminate();
      this.emit("close");
    }
  }

  async #read(connection: Connection, head: Uint8Array): Promise<void> {
    const { frameBytesMax, masks, pool } = this.options;
    const reader = new FrameReader(frameBytesMax, masks === "none", pool, head);
    for (let turnBytes = 0; !this.#isOver;) {
      if (this.#paused !== undefined) {
        await this.#paused;
        continue;
      }
      const frame = reader.next();
      if (frame !== undefined) {
        this.#take(frame.opcode, frame.payload);
        continue;
      }
      const count = await connection.read(reader.room());
      if (count === null) return;
      reader.filled(count);
      turnBytes += count;
      if (turnBytes < TURN_BYTES) continue;
      turnBytes = 0;
      await this.#giveWay();
    }
  }

  /** A read that finds bytes does not end the turn: reading on would starve timers, disk and gateway. */
  #giveWay(): Promise<void> {
    return new Promise((resolve) => {
      this.options.clock.timer(0, resolve);
    });
  }

  /** After a goodbye nothing counts but the other one. */
  #take(opcode: number, payload: Uint8Array): void {
    this.emit("frame", payload, opcode === OPCODE.binary && !this.#isClosing);
    if (opcode === OPCODE.ping) this.#pong(payload.slice());
    if (opcode !== OPCODE.close) return;
    this.#heardGoodbye = true;
    if (this.#saidGoodbye) this.terminate();
    else this.close();
  }

  /** One at a time: RFC 6455, 5.5.3 asks for no more. */
  #pong(payload: Uint8Array): void {
    if (this.#owesPong) return;
    this.#owesPong = true;
    this.#send(OPCODE.pong, payload, () => this.#owesPong = false);
  }

  #send(opcode: number, data: Uint8Array, sent: () => void): void {
    if (!this.isOpen) return;
    const bytes = this.#frame(opcode, data);
    const length = bytes.reduce((sum, part) => sum + part.length, 0);
    this.#bufferedBytes += length;
    this.#queue.push({ bytes, length, sent });
    if (!this.#isWriting) void this.#write();
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    try {
      // What is sent in this turn leaves together.
      await Promise.resolve();
      while (this.#queue.length > 0 && this.#connection !== undefined) {
        const batch = takeBatch(this.#queue);
        const parts = batch.flatMap(({ bytes }) => bytes);
        const joined = batch.length > 1 ? [Buffer.concat(parts)] : parts;
        try {
          await this.#connection.write(joined);
        } finally {
          this.#left(batch);
        }
      }
    } catch {
      this.terminate();
      this.#left(this.#queue.splice(0));
    }
    this.#isWriting = false;
  }

  #left(batch: Outgoing[]): void {
    for (const { length, sent } of batch) {
      this.#bufferedBytes -= length;
      sent();
    }
  }

  /** RFC 6455, 5.2: one final frame; a large one in two parts, so that it need not be copied. */
  #frame(opcode: number, data: Uint8Array): Uint8Array<ArrayBuffer>[] {
    const { masks } = this.options;
    const { length } = data;
    const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
    const headBytes = 2 + lengthBytes + (masks === "none" ? 0 : MASK_BYTES);
    const whole = masks === "random" || length <= JOINED_BYTES_MAX;
    const frame = new Uint8Array(headBytes + (whole ? length : 0));
    const view = new DataView(frame.buffer);
    frame[0] = 0x80 | opcode;
    frame[1] = (masks === "none" ? 0 : 0x80) |
      (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
    if (lengthBytes === 2) view.setUint16(2, length);
    if (lengthBytes === 8) view.setBigUint64(2, BigInt(length));
    if (!whole) return [frame, data as Uint8Array<ArrayBuffer>];
    frame.set(data, headBytes);
    if (masks === "random") {
      const key = crypto.getRandomValues(
        frame.subarray(headBytes - MASK_BYTES, headBytes),
      );
      maskBytes(frame.subarray(headBytes), key);
    }
    return [frame];
  }
}

/** What leaves by one write: small frames together, a large one alone. */
function takeBatch(queue: Outgoing[]): Outgoing[] {
  let [count, bytes] = [0, 0];
  for (const { length } of queue) {
    bytes += length;
    if (count > 0 && bytes > JOINED_BYTES_MAX) break;
    count++;
  }
  return queue.splice(0, count);
}
