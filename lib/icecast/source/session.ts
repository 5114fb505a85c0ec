/**
 * One connected source: its socket, read no faster than its media play, its
 * bytes made into chunks for a mount's input. It ends when the client ends, goes
 * silent for SOURCE_SILENCE_MS_MAX, sends SOURCE_GARBAGE_BYTES_MAX without a
 * packet, or is told to.
 *
 * Promises: memory and work stay bounded whatever the source sends: what is ahead
 * of its time, or makes more work than sound can, waits in the client's own socket. A source that stalls gives way to what
 * lies beneath it and takes over again with its next packet.
 *
 * @module
 */
import type { Duplex } from "node:stream";
import type { Clock } from "../../clock.ts";
import {
  SOURCE_AHEAD_MS,
  SOURCE_BYTES_PER_SECOND_MAX,
  SOURCE_GARBAGE_BYTES_MAX,
  SOURCE_SILENCE_MS_MAX,
  SOURCE_SPEED_MAX,
  SOURCE_STALL_MS,
  SOURCE_WORK_MS_BURST,
  SOURCE_WORK_MS_PER_SECOND,
} from "../../limits.ts";
import type { MountChunk, TrackInfo } from "../../media/packet.ts";
import { TokenBucket } from "../../token_bucket.ts";
import type { MountInput } from "../inputs.ts";
import { soundInfo } from "../mount_info.ts";
import { dismissSource } from "./answers.ts";
import type { BodyReader } from "./body.ts";
import type { LiveStream } from "./live_stream.ts";

/** Why a source ended, as a sentence's end. */
export type SourceEnd =
  | "it closed the connection"
  | "it sent nothing for too long"
  | "it sent nothing that can be played"
  | "its framing is broken"
  | "another took its place"
  | "it was told to";

/** Who a source is. */
export interface SourceClient {
  /** IP literal. */
  remoteAddress: string;
  /** As sent, empty where none was. */
  userAgent: string;
}

/** A source's connection, its head read. */
export interface SourceConnection {
  /** Paused, or without a head in front. */
  socket: Duplex;
  /** Reads what comes after the head. */
  body: BodyReader;
  /** Told to the client when it has ended. @default {""} */
  farewell?: string;
}

/** What a session works with. */
export interface SessionOptions extends SourceConnection {
  /** Who it is. */
  client: SourceClient;
  /** Makes chunks of its bytes; begun by the session. */
  stream: LiveStream;
  /** Where the chunks go. */
  input: MountInput;
  /** Its monotonic time is the pace. */
  clock: Clock;
  /** Called where the stream begins, and where its parameters change. */
  onSound?(info: TrackInfo): void;
  /** Called once, after the last chunk. */
  onEnd(end: SourceEnd): void;
}

/** How often it is looked whether a source is silent, in ms. */
const WATCH_MS = 500;

/** Bytes taken at once of a source that is not held to its play time. */
const BYTES_AT_ONCE = SOURCE_BYTES_PER_SECOND_MAX;

/** One source on a mount. */
export class SourceSession {
  /** Who it is. */
  readonly client: SourceClient;
  readonly #options: SessionOptions;
  readonly #media: TokenBucket;
  readonly #bytes: TokenBucket;
  readonly #work: TokenBucket;
  readonly #waiting: MountChunk[] = [];
  #info: TrackInfo | undefined;
  #bytesRead = 0;
  #heardMs: number;
  #packetMs: number;
  #isPaused = false;
  #isEnded = false;
  #cancelWatch = () => {};
  #cancelResume = () => {};

  /** Reads from the socket at once; its former listeners are the caller's to take off. */
  constructor(options: SessionOptions) {
    const { clock, socket, client } = options;
    const nowMs = clock.monotonic();
    this.client = client;
    this.#options = options;
    this.#media = new TokenBucket(
      SOURCE_AHEAD_MS,
      1000 * SOURCE_SPEED_MAX,
      nowMs,
    );
    this.#bytes = new TokenBucket(
      BYTES_AT_ONCE,
      SOURCE_BYTES_PER_SECOND_MAX,
      nowMs,
    );
    this.#work = new TokenBucket(
      SOURCE_WORK_MS_BURST,
      SOURCE_WORK_MS_PER_SECOND,
      nowMs,
    );
    this.#heardMs = nowMs;
    this.#packetMs = nowMs;
    options.stream.begin();
    socket.on("data", (bytes: Uint8Array) => this.feed(bytes));
    socket.on("end", () => this.#finish("it closed the connection"));
    socket.on("close", () => this.#finish("it closed the connection"));
    socket.on("error", () => socket.destroy());
    this.#watch();
  }

  /** Bytes of the stream so far. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Milliseconds since it last sent anything. */
  get silentMs(): number {
    if (this.#isPaused) return 0;
    return this.#options.clock.monotonic() - this.#heardMs;
  }

  /** Whether it has ended. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Takes bytes of the connection; also those that came with the head. */
  feed(bytes: Uint8Array): void {
    if (this.#isEnded) return;
    const { body, clock } = this.#options;
    const nowMs = clock.monotonic();
    this.#heardMs = nowMs;
    this.#bytes.take(bytes.length, nowMs);
    try {
      // Copied: a runtime may use its buffer again, and the mount keeps parts.
      for (const piece of body.push(bytes.slice())) this.#take(piece, nowMs);
    } catch {
      return this.#finish("its framing is broken");
    }
    const doneMs = clock.monotonic();
    this.#work.take(doneMs - nowMs, doneMs);
    this.#pour();
    if (body.ended) return this.#finish("it closed the connection");
    if (this.#options.stream.garbageBytes > SOURCE_GARBAGE_BYTES_MAX) {
      this.#finish("it sent nothing that can be played");
    }
  }

  /** Ends it, e.g. because the admin says so. */
  end(end: SourceEnd): void {
    this.#finish(end);
  }

  #take(piece: Uint8Array, nowMs: number): void {
    this.#bytesRead += piece.length;
    this.#waiting.push(...this.#options.stream.push(piece, nowMs));
  }

  /** Hands over what may be sent now, and reads on only when there is nothing left. */
  #pour(): void {
    const { clock, socket } = this.#options;
    const nowMs = clock.monotonic();
    while (this.#waiting.length > 0 && this.#media.left(nowMs) > 0) {
      this.#send(this.#waiting.shift()!, nowMs);
    }
    const waitMs = Math.max(
      this.#waiting.length > 0 ? this.#media.waitMs(nowMs) + 1 : 0,
      this.#bytes.waitMs(nowMs),
      this.#work.waitMs(nowMs),
    );
    this.#cancelResume();
    if (waitMs === 0) {
      if (this.#isPaused) socket.resume();
      this.#isPaused = false;
      return;
    }
    if (!this.#isPaused) socket.pause();
    this.#isPaused = true;
    this.#cancelResume = clock.timer(Math.ceil(waitMs), () => this.#resume());
  }

  #resume(): void {
    this.#heardMs = this.#options.clock.monotonic();
    if (!this.#isEnded) this.#pour();
  }

  #send(chunk: MountChunk, nowMs: number): void {
    const { input, stream, onSound } = this.#options;
    this.#packetMs = nowMs;
    this.#media.take(chunk.durationMs, nowMs);
    const { info } = stream;
    if (info !== undefined && info !== this.#info) {
      this.#info = info;
      input.info = { ...input.info, ...soundInfo(info) };
      onSound?.(info);
    }
    input.push(chunk);
  }

  #watch(): void {
    const { clock, input } = this.#options;
    this.#cancelWatch = clock.timer(WATCH_MS, () => {
      if (this.silentMs >= SOURCE_SILENCE_MS_MAX) {
        return this.#finish("it sent nothing for too long");
      }
      const idleMs = clock.monotonic() - this.#packetMs;
      if (idleMs >= SOURCE_STALL_MS) input.rest();
      this.#watch();
    });
  }

  #finish(end: SourceEnd): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancelWatch();
    this.#cancelResume();
    const { socket, stream, input, farewell = "", clock, onEnd } =
      this.#options;
    for (const chunk of [...this.#waiting.splice(0), ...stream.end()]) {
      input.push(chunk);
    }
    if (!socket.destroyed) dismissSource(socket, clock, farewell);
    onEnd(end);
  }
}
