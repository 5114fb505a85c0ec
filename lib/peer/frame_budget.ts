/**
 * How many messages one link may have us act on. A message of eight bytes costs
 * microseconds, and a line of 100 Mbit/s brings a million a second: whoever sends
 * more than peers have to say to each other waits, and everything else goes on.
 * Media costs what it weighs and is limited by what was asked for.
 *
 * @module
 */
import { FRAMES_BURST, FRAMES_PER_SECOND } from "../limits.ts";

/** A long message costs as much as so many short ones. */
const BYTES_PER_FRAME = 64;

/** The budget of one link. */
export class FrameBudget {
  #frames = FRAMES_BURST;
  #atMs: number;

  /** @param nowMs monotonic, as everywhere here */
  constructor(nowMs: number) {
    this.#atMs = nowMs;
  }

  /** A message without media has come. */
  take(bytes: number): void {
    this.#frames -= 1 + Math.floor(bytes / BYTES_PER_FRAME);
  }

  /** How long nothing more is to be taken in; 0 if more may come. */
  waitMs(nowMs: number): number {
    const earned = (nowMs - this.#atMs) * FRAMES_PER_SECOND / 1000;
    this.#frames = Math.min(FRAMES_BURST, this.#frames + earned);
    this.#atMs = nowMs;
    return Math.max(0, Math.ceil(-this.#frames * 1000 / FRAMES_PER_SECOND));
  }
}
