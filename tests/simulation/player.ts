/**
 * The player of a simulated listener: knows when each leaf plays and notes when
 * it came. Playing starts when a buffer's worth is here, a film not before most
 * others can start too (`lib/tuner/start_hold.ts`), and then goes by the clock:
 * what is late is a gap, not a delay.
 *
 * @module
 */
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import type { Content } from "../../lib/swarm/content.ts";
import { filmHoldMs } from "../../lib/tuner/start_hold.ts";
import type { SimulatedFile } from "./file.ts";

/** From this rate on it is a film. */
const FILM_BYTES_PER_MS = 125;

/** What to play. */
export interface Airing {
  file: SimulatedFile;
  /** When its first byte is on the air, ms since the epoch. */
  startMs: number;
  bytesPerMs: number;
}

/** How an airing went, in leaves. */
export interface AiringResult {
  /** Due within the time simulated. */
  due: number;
  onTime: number;
}

/** One listener's playing of one airing. */
export class Player {
  /** Byte at which it begins. */
  readonly offset: number;
  /** When that byte plays; undefined until it does. */
  startedMs: number | undefined;
  /** Leaves from the first one on that are here. */
  #contiguous: number;
  /** When each leaf came; Infinity if it did not. */
  readonly cameMs: Float64Array;
  /** The engine's; undefined once it is closed. */
  content: Content | undefined;

  /**
   * @param content the engine's
   * @param fromMs the moment of the programme it wants to hear first
   * @param bufferMs media that must be here before it starts; 0: it plays on time, come what may
   */
  constructor(
    readonly airing: Airing,
    content: Content,
    readonly fromMs: number,
    readonly bufferMs: number,
  ) {
    const { startMs, bytesPerMs } = airing;
    this.content = content;
    this.offset = Math.max(0, Math.floor((fromMs - startMs) * bytesPerMs));
    this.#contiguous = Math.floor(this.offset / LEAF_BYTES);
    this.cameMs = new Float64Array(content.leaves).fill(Infinity);
  }

  /** The first leaf that is not here yet, and when it plays if it has started. */
  get next(): { leaf: number; atMs: number } {
    const leaf = this.#contiguous;
    return { leaf, atMs: this.#playsMs(leaf, this.startedMs ?? 0) };
  }

  /** Plays by the clock from now on, the byte at `offset` at `atMs`. */
  start(atMs: number): void {
    this.startedMs = atMs;
    this.#tellPlayhead(atMs);
  }

  /** While it does not play yet, all that must be here before it does is wanted within a second. */
  wait(nowMs: number): void {
    if (this.startedMs !== undefined) return;
    this.#tellPlayhead(nowMs - Math.max(0, this.bufferMs - 1000));
  }

  /** Leaves came. */
  came(from: number, until: number, nowMs: number): void {
    for (let leaf = from; leaf < until; leaf++) this.cameMs[leaf] = nowMs;
    this.#contiguous = this.content!.held.nextClear(this.#contiguous);
  }

  /** When playing can start, as things are now; undefined if it has, or more must come. */
  readyMs(nowMs: number): number | undefined {
    if (this.startedMs !== undefined || this.content === undefined) return;
    const { bytesPerMs, startMs } = this.airing;
    const { leaves, waitMs } = this.content;
    const hereMs = (this.#contiguous * LEAF_BYTES - this.offset) / bytesPerMs;
    const ready = this.#contiguous === leaves || hereMs >= this.bufferMs;
    if (!ready) return undefined;
    const film = bytesPerMs > FILM_BYTES_PER_MS;
    const holdMs = film ? filmHoldMs(hereMs, waitMs) : 0;
    return Math.max(nowMs, startMs, this.fromMs + holdMs);
  }

  /** How it went until `endMs`; leaves that should have played by then count. */
  result(endMs: number): AiringResult {
    const result = { due: 0, onTime: 0 };
    for (const { leaf, dueMs } of this.#due(endMs)) {
      result.due++;
      if (this.cameMs[leaf]! <= dueMs) result.onTime++;
    }
    return result;
  }

  /** Leaves that were not here when they were due, until `endMs`. */
  misses(endMs: number): { leaf: number; dueMs: number }[] {
    return [...this.#due(endMs)].filter(({ leaf, dueMs }) =>
      this.cameMs[leaf]! > dueMs
    );
  }

  #tellPlayhead(atMs: number): void {
    const { offset, content } = this;
    const bytesPerSecond = this.airing.bytesPerMs * 1000;
    if (content !== undefined) {
      content.playhead = { offset, atMs, bytesPerSecond };
    }
  }

  *#due(endMs: number): Generator<{ leaf: number; dueMs: number }> {
    if (this.startedMs === undefined) return;
    const first = Math.floor(this.offset / LEAF_BYTES);
    for (let leaf = first; leaf < this.cameMs.length; leaf++) {
      const dueMs = this.#playsMs(leaf, this.startedMs);
      if (dueMs > endMs) return;
      yield { leaf, dueMs };
    }
  }

  #playsMs(leaf: number, startMs: number): number {
    const bytes = Math.max(0, leaf * LEAF_BYTES - this.offset);
    return startMs + bytes / this.airing.bytesPerMs;
  }
}
