/**
 * The last key picture, shown again in a gap: players stop at a hole in the
 * pictures.
 *
 * @module
 */
import type { PictureTime } from "../packet.ts";

/** How often it is shown again, in ms. */
const STILL_MS = 1000;

/** Shown at once, and a place to start. */
export const STILL_TIME: PictureTime = { key: true, showMs: 0, decodeMs: 0 };

/** Keeps it. */
export class StillPicture {
  #data: Uint8Array | undefined;
  #inMs = 0;

  /** Another item: its pictures may need another decoder. */
  forget(): void {
    this.#data = undefined;
  }

  /** A key picture came. */
  keep(data: Uint8Array): void {
    this.#data = data;
  }

  /** A gap begins. */
  begin(): void {
    this.#inMs = STILL_MS / 2;
  }

  /** The picture, where it is due before the next `ms` of the gap. */
  due(ms: number): Uint8Array | undefined {
    if (this.#data === undefined) return undefined;
    this.#inMs -= ms;
    if (this.#inMs > 0) return undefined;
    this.#inMs += STILL_MS;
    return this.#data;
  }
}
