/**
 * Sound and pictures in one row: each picture before the sound that plays when
 * it must be decoded. When the sound ends, so does the row, but for pictures that
 * belong to its last packet.
 *
 * @module
 */
import {
  LATE_PICTURES_MS,
  pictureAt,
  type Timed,
  type TimedPicture,
} from "../film/weaver.ts";
import type { SoundGaps } from "../film/sound_gaps.ts";
import type { Packet } from "../packet.ts";

/** Whoever has the next one. */
export interface Reader<T> {
  /** The next one, or `undefined` at the end. */
  next(): Promise<T | undefined>;
}

/** Merges. */
export class Merger {
  readonly #sound: Reader<Timed>;
  readonly #film: Reader<TimedPicture> | undefined;
  readonly #soundFirst: boolean;
  readonly #gaps: SoundGaps | undefined;
  /** Sound that comes next: silence in a hole, and what is behind it. */
  #waiting: Timed[] = [];
  #packet: Timed | undefined;
  #picture: TimedPicture | undefined;
  #started = false;
  /** When pictures that come after the sound are too late. */
  #endMs = -Infinity;

  /**
   * @param film what goes with the sound, if anything
   * @param soundFirst whether to begin with a packet of sound, for a quick start
   * @param gaps fills holes of the sound
   */
  constructor(
    sound: Reader<Timed>,
    film: Reader<TimedPicture> | undefined,
    soundFirst: boolean,
    gaps?: SoundGaps,
  ) {
    this.#gaps = gaps;
    this.#sound = sound;
    this.#film = film;
    this.#soundFirst = soundFirst;
  }

  /** The next packet of either, or `undefined` at the end of the sound. */
  async next(): Promise<Packet | undefined> {
    if (!this.#started) await this.#start();
    const picture = this.#picture;
    this.#goOnWith(picture);
    const sound = this.#packet;
    if (sound === undefined) {
      if (picture === undefined || picture.decodeMs >= this.#endMs) {
        return undefined;
      }
      this.#picture = await this.#film?.next();
      return pictureAt(picture, this.#endMs - LATE_PICTURES_MS);
    }
    if (picture !== undefined && picture.decodeMs <= sound.atMs) {
      this.#picture = await this.#film?.next();
      return pictureAt(picture, sound.atMs);
    }
    this.#packet = await this.#nextSound();
    this.#endMs = sound.endMs + LATE_PICTURES_MS;
    return sound.packet;
  }

  async #nextSound(): Promise<Timed | undefined> {
    if (this.#waiting.length > 0) return this.#waiting.shift();
    const next = await this.#sound.next();
    if (next === undefined) return undefined;
    this.#waiting = [...this.#gaps?.fill(next.atMs) ?? [], next];
    this.#gaps?.passed(next.endMs);
    return this.#waiting.shift();
  }

  /** The sound has ended and the film has not: silence goes on with it. */
  #goOnWith(picture: TimedPicture | undefined): void {
    const hasEnded = this.#packet === undefined && picture !== undefined &&
      picture.decodeMs >= this.#endMs;
    if (!hasEnded) return;
    this.#waiting = this.#gaps?.fill(picture.decodeMs) ?? [];
    this.#packet = this.#waiting.shift();
  }

  async #start(): Promise<void> {
    if (this.#packet === undefined) {
      this.#packet = await this.#nextSound();
      // The first sound may go out before a picture is looked for.
      if (this.#soundFirst && this.#packet !== undefined) return;
    }
    this.#started = true;
    this.#picture = await this.#film?.next();
  }
}
