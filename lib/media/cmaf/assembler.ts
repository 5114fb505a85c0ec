/**
 * Gathers sound and pictures into fragments on one running clock. A fragment of a
 * film ends where the next picture begins, because only that one says how long
 * the last one lasts.
 *
 * @module
 */
import { concatBytes } from "../bytes.ts";
import type { NowPlaying } from "../mount_writer.ts";
import type { MountChunk, PictureTime } from "../packet.ts";
import { SampleClock } from "../sample_clock.ts";
import {
  fragmentBytes,
  type PictureSample,
  type SoundSample,
  titleEvent,
} from "./fragment.ts";
import { VIDEO_TICKS } from "./init.ts";

/** Play time after which a fragment is complete, in ms. */
const FRAGMENT_MS = 400;
/** Play time after which it is so without a further picture. */
const FRAGMENT_MS_MAX = 2000;
/** Where the clock begins, in seconds: pictures are decoded before the first sound. */
const FIRST_S = 1;

/** What a fragment is given with. */
export interface FragmentContext {
  /** What a listener gets first. */
  init: Uint8Array;
  /** Whether it differs from the one before. */
  isChange: boolean;
}

/** Builds fragments. */
export class CmafAssembler {
  readonly #hasVideo: boolean;
  readonly #context: () => FragmentContext;
  readonly #clock: SampleClock;
  #rate: number;
  /** Samples of the clock before the rate was set. */
  #baseSamples = 0;
  #samples = 0;
  #held: SoundSample[] = [];
  #heldSamples = 0;
  #pictures: PictureSample[] = [];
  #lastDts = -Infinity;
  #hadKey = false;
  #number = 1;
  #title: { playing: NowPlaying; text: string } | undefined;

  /**
   * @param rate samples per second before the first item
   * @param context asked whenever a fragment is complete
   */
  constructor(
    rate: number,
    hasVideo: boolean,
    context: () => FragmentContext,
  ) {
    this.#rate = rate;
    this.#hasVideo = hasVideo;
    this.#context = context;
    this.#clock = new SampleClock(rate);
  }

  /** Play time of what has not come out, in ms. */
  get heldMs(): number {
    return this.#heldSamples * 1000 / this.#rate;
  }

  /** Counts on at another rate; nothing may be held. */
  setRate(rate: number): void {
    if (rate === this.#rate) return;
    this.#baseSamples = Math.round(this.#clock.ms * rate / 1000);
    this.#samples = 0;
    this.#rate = rate;
    this.#clock.setRate(rate);
  }

  /** What is on from the next fragment on. */
  tell(playing: NowPlaying, text: string): void {
    this.#title = { playing, text };
  }

  /** Adds a packet of sound. */
  addSound(data: Uint8Array, length: number): MountChunk[] {
    this.#held.push({ data, length });
    this.#heldSamples += length;
    const max = this.#hasVideo && this.#hadKey ? FRAGMENT_MS_MAX : FRAGMENT_MS;
    return this.heldMs >= max ? this.flush() : [];
  }

  /** Adds a picture. */
  addPicture(
    data: Uint8Array,
    { key, showMs, decodeMs }: PictureTime,
  ): MountChunk[] {
    const nowMs = this.#clock.ms + this.heldMs;
    const dts = Math.max(ticks(nowMs + decodeMs), this.#lastDts + 1);
    const pts = Math.max(ticks(nowMs + showMs), dts);
    const isFull = (key && this.#pictures.length > 0) ||
      this.heldMs >= FRAGMENT_MS;
    const chunks = isFull ? this.#flush(dts) : [];
    this.#hadKey ||= key;
    this.#pictures.push({ data, key, dts, pts });
    this.#lastDts = dts;
    return chunks;
  }

  /** All that is held. */
  flush(): MountChunk[] {
    return this.#flush(ticks(this.#clock.ms + this.heldMs));
  }

  /** @param end when the next picture is decoded, or what is known of it */
  #flush(end: number): MountChunk[] {
    const pictures = this.#pictures;
    if (this.#held.length === 0 && pictures.length === 0) return [];
    const { init, isChange } = this.#context();
    const picturesEnd = Math.max(end, this.#lastDts + 1);
    const fragment = fragmentBytes({
      number: this.#number++,
      sound: this.#held,
      soundAt: this.#baseSamples + this.#samples + FIRST_S * this.#rate,
      pictures,
      picturesEnd,
    });
    const atMs = Math.round(this.#clock.ms) + FIRST_S * 1000;
    const title = this.#title;
    const chunk: MountChunk = {
      data: title === undefined ? fragment : concatBytes([
        titleEvent(title.playing, atMs, this.#number),
        fragment,
      ]),
      durationMs: this.#clock.advance(this.#heldSamples),
    };
    const isStart = !this.#hasVideo || !this.#hadKey || pictures[0]?.key;
    if (isStart) chunk.header = init;
    if (title !== undefined) chunk.title = title.text;
    if (isChange) chunk.changed = true;
    if (pictures.length > 0) this.#lastDts = picturesEnd - 1;
    this.#title = undefined;
    this.#samples += this.#heldSamples;
    this.#held = [];
    this.#heldSamples = 0;
    this.#pictures = [];
    return [chunk];
  }
}

function ticks(ms: number): number {
  return Math.round((ms / 1000 + FIRST_S) * VIDEO_TICKS);
}
