/**
 * Blocks of a Matroska or WebM source as clusters of a mount: short ones, on one
 * clock that runs on whatever the source's does, so that a player never sees
 * time jump when a source comes back. Pure.
 *
 * @module
 */
import { element, numberElement } from "../../media/webm/ebml.ts";
import type { MountChunk } from "../../media/packet.ts";
import { IDS } from "../../media/webm/ids.ts";

/** Play time after which a cluster is complete, in ms. */
const CLUSTER_MS = 200;

/** A block's time stands in 16 bits, counted from its cluster's. */
const RELATIVE_MS_MAX = 32_767;

/** A step in a source's times that is taken for a new count, in ms. */
const JUMP_MS = 5_000;

/** Play time given to the last block before such a jump, in ms: a packet of sound. */
const STEP_MS = 20;

/** One block of a source. */
export interface SourceBlock {
  /** A SimpleBlock or a BlockGroup, head included; changed in place. */
  bytes: Uint8Array;
  /** Where in `bytes` its 16 bits of time stand. */
  timeOffset: number;
  /** By the source's own clock, in ms. */
  timeMs: number;
  /** Whether a listener may start with it. */
  isStart: boolean;
}

/** Gathers blocks. */
export class MatroskaClusters {
  #blocks: Uint8Array[] = [];
  #beginMs = 0;
  #latestMs = -STEP_MS;
  #offsetMs: number | undefined;
  #isStart = false;

  /** The next block is of another source: its times are counted on from here. */
  cut(): void {
    this.#offsetMs = undefined;
  }

  /**
   * Adds a block.
   *
   * @param header what a listener gets first that starts with this cluster
   * @returns the cluster that is complete before it, if any
   */
  add(block: SourceBlock, header: Uint8Array): MountChunk[] {
    const atMs = this.#place(block.timeMs);
    const sinceMs = atMs - this.#beginMs;
    // A start that others stand before would not be one.
    const isFull = sinceMs >= CLUSTER_MS || sinceMs < -RELATIVE_MS_MAX ||
      block.isStart && !this.#isStart;
    const complete = isFull ? this.flush(header, sinceMs) : [];
    if (this.#blocks.length === 0) {
      this.#beginMs = atMs;
      this.#isStart = block.isStart;
    }
    const { bytes, timeOffset } = block;
    const relativeMs = atMs - this.#beginMs;
    bytes[timeOffset] = relativeMs >> 8;
    bytes[timeOffset + 1] = relativeMs;
    this.#blocks.push(bytes);
    return complete;
  }

  /**
   * The cluster under way, if there is anything in it.
   *
   * @param durationMs until the next one begins
   */
  flush(
    header: Uint8Array,
    durationMs = this.#latestMs - this.#beginMs + STEP_MS,
  ): MountChunk[] {
    if (this.#blocks.length === 0) return [];
    const data = element(IDS.cluster, [
      numberElement(IDS.timestamp, this.#beginMs),
      ...this.#blocks,
    ]);
    this.#blocks = [];
    const chunk: MountChunk = { data, durationMs: Math.max(0, durationMs) };
    return [this.#isStart ? { ...chunk, header } : chunk];
  }

  /** A block's time on the mount's clock. */
  #place(timeMs: number): number {
    const aheadMs = timeMs + (this.#offsetMs ?? Infinity) - this.#latestMs;
    if (Math.abs(aheadMs) > JUMP_MS) {
      this.#offsetMs = this.#latestMs + STEP_MS - timeMs;
    }
    const atMs = Math.max(0, timeMs + this.#offsetMs!);
    this.#latestMs = Math.max(this.#latestMs, atMs);
    return atMs;
  }
}
