/**
 * One player on a mount: a place in the mount's queue and a socket. It holds no
 * bytes of its own; while its socket is full it waits for `drain`, and the queue
 * may pass it by.
 *
 * Promises: what is sent begins with the container's headers and then follows
 * the queue without hole; metadata only where asked for, the first block with
 * the title of the moment; a slow one is only ever slow by itself.
 *
 * @module
 */
import type { Duplex } from "node:stream";
import type { BlockQueue } from "./block_queue.ts";
import type { IcyInterleaver } from "./icy.ts";

/** What a listener is, for counting and for the admin's list. */
export interface ListenerInfo {
  /** Of the client, IP literal. */
  remoteAddress: string;
  /** As sent, empty where none was. */
  userAgent: string;
  /** Since the Unix epoch. */
  connectedAtMs: number;
  /** False for a player's probe, which is served but not counted. */
  counts: boolean;
  /** By which name it was let in, where names are asked for. */
  user?: string;
}

/** Where a listener stands. */
export type ListenerState = "listening" | "slow" | "gone";

/** One player. */
export class Listener {
  /** Number of it, unique in the program, from 1. */
  readonly id: number;
  /** Who it is. */
  readonly info: ListenerInfo;
  readonly #socket: Duplex;
  /** Called once when the connection has closed; its mount's. */
  onLeave: () => void = () => {};
  #queue: BlockQueue;
  readonly #icy: IcyInterleaver | undefined;
  #next: number;
  #started = false;
  #blocked = false;
  #bytesSent = 0;

  /**
   * Made by {@linkcode Mount.attach}.
   *
   * @param from number of the first block to consider
   * @param icy where the player asked for metadata
   */
  constructor(
    id: number,
    info: ListenerInfo,
    socket: Duplex,
    queue: BlockQueue,
    from: number,
    icy: IcyInterleaver | undefined,
  ) {
    this.id = id;
    this.info = info;
    this.#socket = socket;
    this.#queue = queue;
    this.#next = from;
    this.#icy = icy;
    socket.on("drain", () => {
      this.#blocked = false;
      this.pump();
    });
  }

  /** Whether titles are woven in. */
  get hasIcy(): boolean {
    return this.#icy !== undefined;
  }

  /** Bytes handed to the socket, metadata included. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /** Sends all that the queue has and the socket takes; "slow" is one the queue has passed by. */
  pump(): ListenerState {
    if (this.#socket.destroyed) return "gone";
    while (!this.#blocked) {
      const run = this.#queue.run(this.#next);
      if (run === undefined) break;
      this.#next = run.nextNumber;
      if (!this.#started && run.header === undefined) continue;
      if (!this.#started) this.#send(run.header!, run.metadata);
      this.#started = true;
      this.#send(run.data, run.metadata);
    }
    return this.#next < this.#queue.firstNumber ? "slow" : "listening";
  }

  /** Goes on in another queue, with the headers that belong there. */
  goTo(queue: BlockQueue, from: number): void {
    this.#queue = queue;
    this.#next = from;
    this.#started = false;
  }

  /** The connection has closed. */
  leave(): void {
    this.onLeave();
  }

  /** Calls back when the connection has closed. */
  onClose(callback: () => void): void {
    this.#socket.on("close", callback);
  }

  #send(data: Uint8Array, metadata: Uint8Array): void {
    if (this.#icy === undefined) return this.#write(data);
    this.#socket.cork();
    for (const piece of this.#icy.weave(data, metadata)) this.#write(piece);
    this.#socket.uncork();
  }

  /** Ends the stream after what is under way, and the connection with it. */
  end(): void {
    this.#socket.end(() => this.#socket.destroy());
  }

  /** Closes the connection at once. */
  drop(): void {
    this.#socket.destroy();
  }

  #write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#bytesSent += bytes.length;
    if (!this.#socket.write(bytes)) this.#blocked = true;
  }
}
