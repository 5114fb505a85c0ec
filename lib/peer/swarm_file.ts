/**
 * A file of the swarm as a reader sees it: any range, waiting for what is still
 * on its way. The reader's wait is the swarm's deadline.
 *
 * @module
 */
import { LEAF_BYTES } from "../hashtree/geometry.ts";
import type { Playhead } from "../swarm/content.ts";
import type { Holding } from "./holding.ts";

/** A file of the swarm, open for one use. */
export interface SwarmFile {
  /** The item's URL. */
  readonly url: string;
  /** Bytes of the file. */
  readonly size: number;
  /** 64 hex digits of the root, where it is known and everything is proven by it. */
  readonly root: string | undefined;
  /**
   * Reads exactly `min(length, size - offset)` bytes, waiting for them.
   *
   * @throws AlluviumError when the bytes cannot be had
   * @throws the signal's reason when it aborts
   */
  read(
    offset: number,
    length: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array>;
  /** Tells where it is being played, so that the swarm knows its deadlines. */
  setPlayhead(playhead: Playhead): void;
  /** Everything is wanted, as fast as it comes; resolves when it is here. */
  whole(signal: AbortSignal): Promise<void>;
  /**
   * Gives the whole file a name outside the cache, replacing what has it. On the
   * cache's own disk nothing is copied: both names mean the same bytes.
   *
   * @throws the system's error where it cannot be written
   * @throws the signal's reason when it aborts
   */
  saveAs(path: string, signal: AbortSignal): Promise<void>;
  /** How long something of it takes that is asked for now, in ms, from the peer that would have it here soonest; 0 where there is none. */
  waitMs(): number;
  /** How much of it is here. */
  progress(): { bytesHeld: number; bytes: number };
  /** Done with it. Reads under way reject; the bytes stay for others. */
  close(): void;
}

/** A file over a holding; several may share one. */
export class HeldFile implements SwarmFile {
  readonly size: number;
  readonly #holding: Holding;
  readonly #closed = new AbortController();

  /**
   * @param url the item's URL
   * @param holding the content; told when this file is done with it
   */
  constructor(readonly url: string, holding: Holding) {
    this.size = holding.content.length;
    this.#holding = holding;
    holding.users++;
  }

  async read(
    offset: number,
    length: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    const end = Math.min(offset + length, this.size);
    if (end <= offset) return new Uint8Array();
    const given = signal === undefined
      ? this.#closed.signal
      : AbortSignal.any([signal, this.#closed.signal]);
    given.throwIfAborted();
    await this.#holding.held(
      Math.floor(offset / LEAF_BYTES),
      Math.ceil(end / LEAF_BYTES),
      given,
    );
    return await this.#holding.stored.read(offset, end - offset);
  }

  setPlayhead(playhead: Playhead): void {
    this.#holding.setPlayhead(playhead);
  }

  async whole(signal: AbortSignal): Promise<void> {
    this.#holding.content.bulk = true;
    await this.#holding.held(0, this.#holding.content.leaves, signal);
  }

  async saveAs(path: string, signal: AbortSignal): Promise<void> {
    await this.whole(signal);
    await this.#holding.stored.saveAs(path, signal);
  }

  waitMs(): number {
    return this.#holding.content.waitMs;
  }

  progress(): { bytesHeld: number; bytes: number } {
    const { content } = this.#holding;
    const last = content.held.has(content.leaves - 1);
    const short = content.leaves * LEAF_BYTES - content.length;
    return {
      bytesHeld: content.held.count * LEAF_BYTES - (last ? short : 0),
      bytes: this.size,
    };
  }

  get root(): string | undefined {
    const { hashes, key } = this.#holding.content;
    return hashes?.root === undefined ? undefined : key;
  }

  close(): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort(new DOMException("File was closed", "AbortError"));
    this.#holding.users--;
    this.#holding.released();
  }
}
