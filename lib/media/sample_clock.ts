/**
 * Play time counted in samples, so that it stays exact over any time: adding up
 * rounded milliseconds would drift.
 *
 * @module
 */

/** Counts samples and tells them as ms. */
export class SampleClock {
  /** Time of the runs at other rates, in ms. */
  #baseMs = 0;
  #samples = 0;
  #rate: number;

  /**
   * Starts at 0.
   *
   * @param rate samples per second, more than 0
   */
  constructor(rate: number) {
    this.#rate = rate;
  }

  /** Play time so far, in ms. */
  get ms(): number {
    return this.#baseMs + this.#samples * 1000 / this.#rate;
  }

  /** Counts on at another rate. */
  setRate(rate: number): void {
    if (rate === this.#rate) return;
    this.#baseMs = this.ms;
    this.#samples = 0;
    this.#rate = rate;
  }

  /**
   * Adds samples and returns how many ms that is: the difference of two exact
   * times, so that the sum of all answers is exact.
   */
  advance(samples: number): number {
    const before = this.ms;
    this.#samples += samples;
    return this.ms - before;
  }
}
