/**
 * Sound and pictures in one row, from a container that holds them in about that
 * row: each picture before the sound that plays when it must be decoded. Sound is
 * the clock: pictures wait for it, it waits for them only as long as containers
 * let one lag behind the other. Pure.
 *
 * @module
 */
import { FILM_AHEAD_BYTES_MAX } from "../../limits.ts";
import type { Packet } from "../packet.ts";

/** A packet of sound and the file's own times of its beginning and end, in ms. */
export interface Timed {
  packet: Packet;
  atMs: number;
  endMs: number;
}

/** A picture and the file's own times of it, in ms. */
export interface TimedPicture {
  data: Uint8Array;
  key: boolean;
  showMs: number;
  decodeMs: number;
}

/** Pictures may outlast the sound by so many ms. */
export const LATE_PICTURES_MS = 100;

/** Sound that waits for the picture before it, in ms: MPEG-TS lets them lie a second apart (ISO 13818-1, 2.4.2.6). */
const WAIT_MS = 1000;

/** A picture farther than this from the sound belongs to another time: its stamps jump. */
const APART_MS_MAX = 10_000;

/** A picture as it goes out before the sound of a time. */
export function pictureAt(picture: TimedPicture, nowMs: number): Packet {
  const { data, key, showMs, decodeMs } = picture;
  return {
    data,
    durationSamples: 0,
    picture: { key, showMs: showMs - nowMs, decodeMs: decodeMs - nowMs },
  };
}

/** Puts them in order. */
export class Weaver {
  #sound: Timed[] = [];
  #pictures: TimedPicture[] = [];
  #pictureBytes = 0;
  #awaitsPictures: boolean;
  #waitsForKey = true;
  #endMs = -Infinity;

  /** @param awaitsPictures whether the first sound waits for the first picture */
  constructor(awaitsPictures: boolean) {
    this.#awaitsPictures = awaitsPictures;
  }

  /** Says that a picture is on its way: sound waits for it. */
  awaitPicture(): void {
    this.#awaitsPictures = true;
  }

  /** Adds the next packet of sound. */
  addSound(sound: Timed): void {
    this.#sound.push(sound);
  }

  /** Adds the next picture in the order of decoding; before a key picture none counts. */
  addPicture(picture: TimedPicture): void {
    if (this.#waitsForKey && !picture.key) return;
    this.#waitsForKey = false;
    this.#awaitsPictures = true;
    this.#pictures.push(picture);
    this.#pictureBytes += picture.data.length;
    if (this.#pictureBytes <= FILM_AHEAD_BYTES_MAX) return;
    // No sound for so long: the film starts again where there is some.
    this.#pictures = [];
    this.#pictureBytes = 0;
    this.#waitsForKey = true;
  }

  /** The packets whose place is known. */
  take(): Packet[] {
    const packets: Packet[] = [];
    for (let sound = this.#sound[0]; sound; sound = this.#sound[0]) {
      const picture = this.#pictures[0];
      if (picture === undefined) {
        if (this.#mayCome(sound)) break;
        packets.push(this.#takeSound());
      } else if (Math.abs(picture.decodeMs - sound.atMs) > APART_MS_MAX) {
        this.#takePicture();
        this.#waitsForKey = this.#pictures.length === 0;
      } else if (picture.decodeMs <= sound.atMs) {
        packets.push(pictureAt(this.#takePicture(), sound.atMs));
      } else {
        packets.push(this.#takeSound());
      }
    }
    return packets;
  }

  /** The rest: no more comes. When the sound ends, so does the film. */
  finish(): Packet[] {
    this.#awaitsPictures = false;
    const packets = this.take();
    for (const picture of this.#pictures) {
      if (picture.decodeMs >= this.#endMs + LATE_PICTURES_MS) break;
      packets.push(pictureAt(picture, this.#endMs));
    }
    this.#pictures = [];
    return packets;
  }

  /** Whether a picture that goes before the sound may still come. */
  #mayCome(sound: Timed): boolean {
    const last = this.#sound.at(-1)!;
    return this.#awaitsPictures &&
      Math.abs(last.endMs - sound.atMs) < WAIT_MS;
  }

  #takeSound(): Packet {
    const { packet, endMs } = this.#sound.shift()!;
    this.#endMs = endMs;
    return packet;
  }

  #takePicture(): TimedPicture {
    const picture = this.#pictures.shift()!;
    this.#pictureBytes -= picture.data.length;
    return picture;
  }
}
