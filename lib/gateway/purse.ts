/**
 * So many messages at once, so many a second after: a token bucket. Pure.
 *
 * @module
 */

/** A bucket of messages. */
export class Purse {
  #left: number;

  /**
   * Full.
   *
   * @param burst messages at once
   * @param perSecond messages in the long run
   * @param atMs now, on a clock that never goes back
   */
  constructor(
    readonly burst: number,
    readonly perSecond: number,
    private atMs: number,
  ) {
    this.#left = burst;
  }

  /**
   * Pays for messages; it may run into debt.
   *
   * @param messages how many
   * @returns how long until the debt is paid, in ms; 0 if there is none
   */
  pay(nowMs: number, messages = 1): number {
    const earned = (nowMs - this.atMs) * this.perSecond / 1000;
    this.#left = Math.min(this.burst, this.#left + earned) - messages;
    this.atMs = nowMs;
    return Math.max(0, -this.#left * 1000 / this.perSecond);
  }
}
