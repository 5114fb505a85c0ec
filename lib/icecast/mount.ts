/**
 * A mount: one endless stream and the players on it. Whoever makes the stream
 * pushes chunks, at the pace of the media; the mount keeps half a minute of it
 * and hands every player the rest.
 *
 * Promises: one copy of the data however many listen; a new listener hears
 * BURST_BYTES at once, from a place where it may start; one that falls behind by
 * LISTENER_QUEUE_BYTES_MAX is dropped and counted and costs the others nothing.
 * No timers of its own: time enters with the chunks. It knows no HTTP
 * (routes.ts) and no codec (lib/media).
 *
 * @module
 */
import type { Duplex } from "node:stream";
import type { Clock } from "../clock.ts";
import { BURST_BYTES, LISTENERS_PER_TURN, MOUNT_TURNS_MAX } from "../limits.ts";
import type { MountChunk } from "../media/packet.ts";
import { BlockQueue, type BlockQueueOptions } from "./block_queue.ts";
import { IcyInterleaver } from "./icy.ts";
import { Listener, type ListenerInfo } from "./listener.ts";

/** What a mount says about itself; all text is UTF-8 and may be anything. */
export interface MountInfo {
  /** Media type, e.g. `audio/mpeg`. */
  contentType: string;
  /** The station's. */
  name: string;
  /** What the station is about. */
  description?: string;
  /** E.g. `Jazz`. */
  genre?: string;
  /** The station's page. */
  url?: string;
  /** Bits per second, absent where unknown. */
  bitrate?: number;
  /** Samples per second. */
  sampleRate?: number;
  /** 1 or 2. */
  channels?: number;
}

/** How a mount is made. */
export interface MountOptions extends MountInfo {
  /** E.g. `/stream.mp3`. */
  path: string;
  /** Tells when it was made. */
  clock: Clock;
  /** Sizes, for tests. */
  queue?: BlockQueueOptions;
  /** Bytes sent at once on connecting. @default {BURST_BYTES} */
  burstBytes?: number;
}

/** How a player connects. */
export interface AttachOptions extends ListenerInfo {
  /** Whether to weave in metadata; ignored on containers that carry their own. */
  icy: boolean;
}

/** One endless stream. */
export class Mount {
  /** Where it is, e.g. `/stream.mp3`. */
  readonly path: string;
  /** When it was made, since the Unix epoch. */
  readonly startedAtMs: number;
  readonly #queue: BlockQueue;
  readonly #burstBytes: number;
  readonly #listeners = new Set<Listener>();
  #info: MountInfo;
  #ids = 0;
  #counted = 0;
  #peak = 0;
  #slow = 0;
  #bytesOfGone = 0;
  #closed = false;

  /** A mount without listeners; offer it by a {@linkcode MountTable}. */
  constructor(options: MountOptions) {
    const { path, clock, queue, burstBytes, ...info } = options;
    this.path = path;
    this.startedAtMs = clock.now();
    this.#info = info;
    this.#queue = new BlockQueue(queue);
    this.#burstBytes = burstBytes ?? BURST_BYTES;
  }

  /** What it says about itself. */
  get info(): Readonly<MountInfo> {
    return this.#info;
  }

  /** Media type, e.g. `audio/mpeg`. */
  get contentType(): string {
    return this.#info.contentType;
  }

  /** What is on, as players show it; empty before the first title. */
  get title(): string {
    return this.#queue.title;
  }

  /** How many listen. */
  get listeners(): number {
    return this.#counted;
  }

  /** How many listened at once, at most. */
  get listenerPeak(): number {
    return this.#peak;
  }

  /** How many were dropped because they fell behind. */
  get slowListeners(): number {
    return this.#slow;
  }

  /** Bytes handed to listeners since it was made. */
  get bytesSent(): number {
    let bytes = this.#bytesOfGone;
    for (const listener of this.#listeners) bytes += listener.bytesSent;
    return bytes;
  }

  /** Whether titles travel as ICY metadata; Ogg and WebM carry their own. */
  get hasIcy(): boolean {
    return /^audio\/(mpeg|mp3|aac|aacp)\b/.test(this.contentType);
  }

  /** Everyone on it; the list is a copy. */
  get everyListener(): Listener[] {
    return [...this.#listeners];
  }

  /** Changes what it says about itself, for listeners that come from here on. */
  describe(changes: Partial<MountInfo>): void {
    this.#info = { ...this.#info, ...changes };
  }

  /**
   * Adds to the stream. Call it at the pace of the media (pacer.ts); a chunk's
   * `data` is kept and must not change.
   */
  push(chunk: MountChunk): void {
    if (this.#queue.push(chunk)) this.#pumpTurn();
  }

  /** Sets the title from here on, for streams whose chunks bring none. */
  setTitle(title: string): void {
    this.#queue.retitle(title);
    this.#pump();
  }

  /**
   * Puts a player on. The socket is the listener's from here on; what must come
   * before the stream has been written to it.
   */
  attach(socket: Duplex, options: AttachOptions): void {
    if (this.#closed) return void socket.end();
    const { icy, ...info } = options;
    if (this.#queue.seal()) this.#pump();
    const listener = new Listener(
      ++this.#ids,
      info,
      socket,
      this.#queue,
      this.#queue.burstStart(this.#burstBytes),
      icy && this.hasIcy ? new IcyInterleaver() : undefined,
    );
    this.#listeners.add(listener);
    if (info.counts) this.#peak = Math.max(this.#peak, ++this.#counted);
    socket.on("close", () => this.#forget(listener));
    socket.on("error", () => listener.drop());
    listener.pump();
  }

  /** Ends the stream for everyone. */
  close(): void {
    this.#queue.seal();
    this.#pump();
    this.#closed = true;
    for (const listener of this.#listeners) listener.end();
  }

  #pump(): void {
    for (const listener of this.#listeners) this.#pumpOne(listener);
  }

  /** Serves those whose turn it is; the others get two or four blocks at once later. */
  #pumpTurn(): void {
    const turns = Math.ceil(this.#listeners.size / LISTENERS_PER_TURN);
    const stride = Math.min(turns, MOUNT_TURNS_MAX);
    if (stride <= 1) return this.#pump();
    const turn = this.#queue.nextNumber;
    for (const listener of this.#listeners) {
      if ((listener.id + turn) % stride === 0) this.#pumpOne(listener);
    }
  }

  #pumpOne(listener: Listener): void {
    if (listener.pump() !== "slow") return;
    this.#slow++;
    this.#forget(listener);
    listener.drop();
  }

  #forget(listener: Listener): void {
    if (!this.#listeners.delete(listener)) return;
    this.#bytesOfGone += listener.bytesSent;
    if (listener.info.counts) this.#counted--;
  }
}
