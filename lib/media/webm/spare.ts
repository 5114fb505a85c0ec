/**
 * Samples that an item carries and nobody should hear: what Opus skips in front,
 * what its last packet has too much. One endless track cannot cut inside a
 * packet, so they add up; as soon as they make a whole packet, one that holds
 * nothing else, or least of all, is left out. So a track without joints stays
 * within a packet or two of the time it should have. Pure.
 *
 * @module
 */
import type { Packet } from "../packet.ts";

/** Counts what is too much. */
export class SpareSamples {
  #spare = 0;
  #skip = 0;

  /** Samples that were sent and should not have been. */
  get samples(): number {
    return this.#spare;
  }

  /** @param preSkipSamples of the item that begins */
  begin(preSkipSamples: number): void {
    this.#skip = preSkipSamples;
    this.#spare += preSkipSamples;
  }

  /** Whether the packet is to be left out. */
  leavesOut({ durationSamples, trimEndSamples = 0 }: Packet): boolean {
    const isSkipped = durationSamples > 0 && this.#skip >= durationSamples;
    this.#skip = Math.max(0, this.#skip - durationSamples);
    this.#spare += trimEndSamples;
    const isLast = trimEndSamples > 0;
    const isDue = isSkipped || (isLast && this.#spare >= durationSamples) ||
      this.#spare >= 3 * durationSamples;
    if (!isDue || durationSamples === 0 || this.#spare < durationSamples) {
      return false;
    }
    this.#spare -= durationSamples;
    return true;
  }
}
