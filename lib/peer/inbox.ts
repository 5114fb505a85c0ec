/**
 * What one link brings, frame by frame in the order it came. While it is fast its
 * leaves are hashed in a thread beside this one, and the frames behind them wait
 * their turn. At less than that a thread costs more than it saves: eight listeners
 * on two cores took a quarter more CPU time (`docs/decisions/peer-transfer.md`).
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { leavesIn } from "../swarm/messages.ts";
import type { Backlog } from "./backlog.ts";
import type { BufferPool } from "./buffer_pool.ts";
import { isShared, type LeafThread } from "./leaf_thread.ts";

/** A link is fast that brings so much, over so long: what hashing takes a thirtieth of a core for, without SHA instructions a third. */
const FAST_BYTES_PER_SECOND = 50_000_000;
const FAST_WINDOW_MS = 100;

/** What an inbox works with. */
export interface InboxTools {
  /** What links read into: nothing of it is used again before it was acted on. */
  readonly buffers: BufferPool;
  readonly thread: LeafThread;
  /** Counts what is being hashed. */
  readonly backlog: Backlog;
  readonly clock: Clock;
}

interface Waiting {
  frame: Uint8Array;
  leafHashes: Uint8Array | undefined;
  isReady: boolean;
}

/** The frames of one link. */
export class Inbox {
  readonly #tools: InboxTools;
  readonly #deliver: (frame: Uint8Array, leafHashes?: Uint8Array) => void;
  readonly #waiting: Waiting[] = [];
  #onEmpty: () => void = () => {};
  #isFast = false;
  #windowMs = 0;
  #windowBytes = 0;

  /**
   * @param tools what it works with
   * @param deliver given each frame, with the hashes of its leaves if they were
   *   computed: 32 bytes each
   */
  constructor(
    tools: InboxTools,
    deliver: (frame: Uint8Array, leafHashes?: Uint8Array) => void,
  ) {
    this.#tools = tools;
    this.#deliver = deliver;
  }

  /** A frame has come. */
  take(frame: Uint8Array): void {
    this.#measure(frame.length);
    const leaves = this.#isFast && isShared(frame)
      ? leavesIn(frame)
      : undefined;
    if (leaves === undefined && this.#waiting.length === 0) {
      return this.#deliver(frame);
    }
    this.#tools.buffers.keep(frame);
    const isReady = leaves === undefined;
    const waiting: Waiting = { frame, leafHashes: undefined, isReady };
    this.#waiting.push(waiting);
    if (leaves !== undefined && isShared(leaves)) this.#hash(waiting, leaves);
  }

  /** No frame comes any more. Calls back when all have been delivered. */
  end(onEmpty: () => void): void {
    this.#onEmpty = onEmpty;
    this.#goOn();
  }

  #measure(bytes: number): void {
    this.#windowBytes += bytes;
    const tookMs = this.#tools.clock.monotonic() - this.#windowMs;
    if (tookMs < FAST_WINDOW_MS) return;
    this.#isFast = this.#windowBytes * 1000 >= FAST_BYTES_PER_SECOND * tookMs;
    this.#windowMs += tookMs;
    this.#windowBytes = 0;
  }

  #hash(waiting: Waiting, leaves: Uint8Array<SharedArrayBuffer>): void {
    const { thread, backlog } = this.#tools;
    const hashed = thread.hash(leaves).then(
      (leafHashes) => waiting.leafHashes = leafHashes,
      () => {}, // Whoever gets the frame hashes it himself.
    ).then(() => {
      waiting.isReady = true;
      this.#goOn();
    });
    backlog.add(leaves.length, hashed);
  }

  #goOn(): void {
    while (this.#waiting[0]?.isReady) {
      const { frame, leafHashes } = this.#waiting.shift()!;
      this.#deliver(frame, leafHashes);
      this.#tools.buffers.spend(frame);
    }
    if (this.#waiting.length === 0) this.#onEmpty();
  }
}
