/**
 * Times of MPEG-TS, counted on past their 33 bits. Pure.
 *
 * @module
 */

/** Timestamps have 33 bits at 90 kHz. */
const WRAP = 2 ** 33;

/** Tells times as ms on one line, each near the one before. */
export class TsClock {
  #last: number | undefined;

  /** @param nearMs a time that the first one lies near, within 13 hours; any where absent */
  constructor(nearMs?: number) {
    if (nearMs !== undefined) this.#last = nearMs * 90;
  }

  /** A timestamp in ms. */
  ms(ticks: number): number {
    const last = this.#last ?? ticks;
    const ahead = (((ticks - last) % WRAP) + WRAP) % WRAP;
    this.#last = last + (ahead < WRAP / 2 ? ahead : ahead - WRAP);
    return this.#last / 90;
  }
}
