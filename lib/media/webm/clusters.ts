/**
 * Gathers packets into clusters, one a chunk, on one running clock of ms. A
 * cluster is short, so that its blocks' 16-bit times always reach.
 *
 * @module
 */
import type { MountChunk, PictureTime } from "../packet.ts";
import { SampleClock } from "../sample_clock.ts";
import { element, numberElement } from "./ebml.ts";
import { SOUND_TRACK, VIDEO_TRACK } from "./header.ts";

/** Play time after which a cluster is complete, in ms. */
const CLUSTER_MS = 200;
const KEY = 0x80;

/** What a cluster is given with. */
export interface ClusterContext {
  /** What a listener gets first that starts with it. */
  header: Uint8Array;
  /** Told on it. */
  title?: string;
  /** Whether codec parameters differ from those before. */
  isChange: boolean;
}

/** Builds clusters. */
export class ClusterWriter {
  readonly #clock: SampleClock;
  readonly #hasVideo: boolean;
  #rate: number;
  #blocks: Uint8Array[] = [];
  #beginMs = 0;
  #samples = 0;
  #isStart = false;
  #hadKey = false;
  #lastShowMs = 0;

  /** @param rate samples per second of the sound */
  constructor(rate: number, hasVideo: boolean) {
    this.#rate = rate;
    this.#hasVideo = hasVideo;
    this.#clock = new SampleClock(rate);
  }

  /** Play time of what has not come out, in ms. */
  get heldMs(): number {
    return this.#samples * 1000 / this.#rate;
  }

  /** Counts on at another rate; nothing may be held. */
  setRate(rate: number): void {
    this.#rate = rate;
    this.#clock.setRate(rate);
  }

  /** Whether the next packet of sound begins a cluster after one that is full. */
  get isFull(): boolean {
    return this.heldMs >= CLUSTER_MS;
  }

  /** Adds a packet of sound. */
  addSound(data: Uint8Array, samples: number): void {
    this.#open(!this.#hasVideo || !this.#hadKey);
    this.#block(SOUND_TRACK, this.#nowMs, KEY, data);
    this.#samples += samples;
  }

  /** Adds a picture; before a key picture the cluster should be flushed. */
  addPicture(data: Uint8Array, { key, showMs }: PictureTime): void {
    this.#open(key);
    this.#hadKey ||= key;
    const atMs = Math.max(this.#nowMs + showMs, this.#lastShowMs);
    this.#lastShowMs = atMs;
    this.#block(VIDEO_TRACK, atMs, key ? KEY : 0, data);
  }

  /** The cluster, if there is anything in it. */
  flush(context: ClusterContext): MountChunk[] {
    if (this.#blocks.length === 0) return [];
    const cluster = element(0x1f43b675, [
      numberElement(0xe7, this.#beginMs),
      ...this.#blocks,
    ]);
    const chunk: MountChunk = {
      data: cluster,
      durationMs: this.#clock.advance(this.#samples),
    };
    if (this.#isStart) chunk.header = context.header;
    if (context.title !== undefined) chunk.title = context.title;
    if (context.isChange) chunk.changed = true;
    this.#blocks = [];
    this.#samples = 0;
    return [chunk];
  }

  get #nowMs(): number {
    return this.#clock.ms + this.heldMs;
  }

  #open(isStart: boolean): void {
    if (this.#blocks.length > 0) return;
    this.#isStart = isStart;
    this.#beginMs = Math.round(this.#nowMs);
  }

  #block(track: number, atMs: number, flags: number, data: Uint8Array): void {
    const relative = Math.round(atMs) - this.#beginMs;
    const clamped = Math.max(-32_768, Math.min(32_767, relative));
    const bytes = new Uint8Array(4 + data.length);
    bytes[0] = 0x80 | track;
    bytes[1] = (clamped >> 8) & 255;
    bytes[2] = clamped & 255;
    bytes[3] = flags;
    bytes.set(data, 4);
    this.#blocks.push(element(0xa3, bytes));
  }
}
