/**
 * The dialling end of a peer link: a WebSocket client (RFC 6455) for one use.
 * `ws` makes two buffers of every message and copies one into the other; a
 * download spends more time on that than on its hashes. Here a read goes into
 * one buffer, messages are views of it, and small ones leave by one write.
 *
 * It does what peers need and no more: binary messages in one frame each, no
 * extension, no subprotocol. What else a server may send (text, a pong) is
 * passed over, and what no server may send (a masked frame, a message in parts,
 * one over the limit) ends the link.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { EventEmitter } from "node:events";
import type { Clock } from "../clock.ts";
import { inUrl } from "../swarm/address_space.ts";
import type { BufferPool } from "./buffer_pool.ts";
import { FrameReader, HeadReader, OPCODE } from "./frame_reader.ts";

/** RFC 6455, 1.3. */
const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** Frames up to this are joined into one write; larger ones are not copied. */
const JOINED_BYTES_MAX = 32 * 1024;

/** Read in one turn, before all else in the program has one: a millisecond's worth. */
const TURN_BYTES = 512 * 1024;

/** What is to be sent before the end has that long to leave. */
const CLOSE_MS = 5_000;

/** Where to dial, and how. */
export interface ClientSocketOptions {
  /** Name or address, without brackets. */
  host: string;
  port: number;
  path: string;
  /** For connecting and the handshake. */
  timeoutMs: number;
  /** A message over this ends the link. */
  frameBytesMax: number;
  /** False masks with zeros, which is no work: for links without proxies on the way. */
  masked: boolean;
  /** What is read is read into buffers of this. */
  pool: BufferPool;
  /** For giving way to others. */
  clock: Clock;
}

interface Outgoing {
  bytes: Uint8Array<ArrayBuffer>[];
  length: number;
  sent: () => void;
}

interface Events {
  open: [];
  message: [data: Uint8Array, binary: boolean];
  error: [];
  close: [];
}

/**
 * A connection. Emits `open` or not, then `message`s, then `close` once; the
 * methods are those of `ws`.
 */
export class ClientSocket extends EventEmitter<Events> {
  readonly #dialling = new AbortController();
  #connection: Deno.TcpConn | undefined;
  #isOpen = false;
  #isOver = false;
  #bufferedBytes = 0;
  #queue: Outgoing[] = [];
  #isWriting = false;
  #owesPong = false;
  #cancelClose: (() => void) | undefined;
  #resume: (() => void) | undefined;
  #paused: Promise<void> | undefined;

  /** Begins to dial. */
  constructor(readonly options: ClientSocketOptions) {
    super();
    void this.#run();
  }

  /** As `ws` counts it: 1 while messages can be sent. */
  get readyState(): number {
    return this.#isOpen && !this.#isOver ? 1 : 3;
  }

  /** Bytes given to `send` that the system has not taken. */
  get bufferedAmount(): number {
    return this.#bufferedBytes;
  }

  /**
   * Sends a binary message.
   *
   * @param data not touched again by the caller
   * @param sent called when the system has taken it, or it is lost
   */
  send(data: Uint8Array, sent: () => void = () => {}): void {
    this.#send(OPCODE.binary, data, sent);
  }

  /** Takes nothing in until {@linkcode ClientSocket.resume}. */
  pause(): void {
    this.#paused ??= new Promise((resolve) => this.#resume = resolve);
  }

  /** Takes in again. */
  resume(): void {
    this.#resume?.();
    this.#paused = undefined;
  }

  /** Says goodbye and ends when that has left, or does not leave. */
  close(): void {
    this.#send(OPCODE.close, new Uint8Array(), () => this.terminate());
    if (this.readyState !== 1) return this.terminate();
    const giveUp = () => this.terminate();
    this.#cancelClose ??= this.options.clock.timer(CLOSE_MS, giveUp);
  }

  /** Ends at once. */
  terminate(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelClose?.();
    this.resume();
    if (this.#connection === undefined) return this.#dialling.abort();
    try {
      this.#connection.close();
    } catch {
      // It has ended by itself.
    }
  }

  async #run(): Promise<void> {
    const { host, port, timeoutMs } = this.options;
    const timeout = AbortSignal.timeout(timeoutMs);
    const giveUp = () => this.terminate();
    timeout.addEventListener("abort", giveUp);
    try {
      const { signal } = this.#dialling;
      this.#connection = await Deno.connect({ hostname: host, port, signal });
      if (this.#isOver) return this.#connection.close();
      this.#connection.setNoDelay(true);
      const head = await this.#shakeHands(this.#connection);
      timeout.removeEventListener("abort", giveUp);
      this.#isOpen = true;
      this.emit("open");
      await this.#read(this.#connection, head);
    } catch {
      // However it ended, `close` is what tells.
    } finally {
      timeout.removeEventListener("abort", giveUp);
      this.terminate();
      this.emit("close");
    }
  }

  /** Asks for the upgrade; returns what came after the answer. */
  async #shakeHands(connection: Deno.TcpConn): Promise<Uint8Array> {
    const { host, port, path } = this.options;
    const key = crypto.getRandomValues(new Uint8Array(16)).toBase64();
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: ${inUrl(host)}:${port}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Key: ${key}`,
      "Sec-WebSocket-Version: 13",
      "\r\n",
    ];
    await writeAll(connection, new TextEncoder().encode(lines.join("\r\n")));
    const { status, headers, rest } = await new HeadReader(connection).read();
    const wanted = createHash("sha1").update(key + ACCEPT_GUID)
      .digest("base64");
    if (status !== 101 || headers.get("sec-websocket-accept") !== wanted) {
      throw new TypeError("This is no WebSocket of a peer");
    }
    return rest;
  }

  async #read(connection: Deno.TcpConn, head: Uint8Array): Promise<void> {
    const { frameBytesMax, pool } = this.options;
    const reader = new FrameReader(frameBytesMax, pool, head);
    for (let turnBytes = 0;;) {
      for (let frame; (frame = reader.next()) !== undefined;) {
        if (this.#isOver) return;
        if (!this.#take(frame.opcode, frame.payload)) return;
      }
      while (this.#paused !== undefined) await this.#paused;
      const count = await connection.read(reader.room());
      if (count === null || this.#isOver) return;
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

  /** False at the end. */
  #take(opcode: number, payload: Uint8Array): boolean {
    switch (opcode) {
      case OPCODE.binary:
        this.emit("message", payload, true);
        return true;
      case OPCODE.ping:
        this.#pong(payload.slice());
        return true;
      case OPCODE.close:
        return false;
      default:
        return true;
    }
  }

  /** One at a time: RFC 6455, 5.5.3 asks for no more. */
  #pong(payload: Uint8Array): void {
    if (this.#owesPong) return;
    this.#owesPong = true;
    this.#send(OPCODE.pong, payload, () => this.#owesPong = false);
  }

  #send(opcode: number, data: Uint8Array, sent: () => void): void {
    if (this.readyState !== 1) return;
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
          for (const part of joined) await writeAll(this.#connection, part);
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
    const { length } = data;
    const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
    const headBytes = 2 + lengthBytes + 4;
    const whole = this.options.masked || length <= JOINED_BYTES_MAX;
    const frame = new Uint8Array(headBytes + (whole ? length : 0));
    const view = new DataView(frame.buffer);
    frame[0] = 0x80 | opcode;
    frame[1] = 0x80 |
      (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
    if (lengthBytes === 2) view.setUint16(2, length);
    if (lengthBytes === 8) view.setBigUint64(2, BigInt(length));
    if (!whole) return [frame, data as Uint8Array<ArrayBuffer>];
    frame.set(data, headBytes);
    if (this.options.masked) {
      const mask = crypto.getRandomValues(
        frame.subarray(headBytes - 4, headBytes),
      );
      for (let i = 0; i < length; i++) {
        frame[headBytes + i]! ^= mask[i & 3]!;
      }
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

async function writeAll(
  connection: Deno.TcpConn,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(at === 0 ? bytes : bytes.subarray(at));
  }
}
