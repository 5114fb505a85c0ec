/**
 * What is asked of one link in one class of urgency, and how fast it comes. Two
 * classes, because a peer sends urgent things first: how long a request far
 * ahead of play took says nothing of how long an urgent one will.
 *
 * @module
 */

/** Weight of a new sample in the running average: libtorrent's (9·old + sample) / 10 is too slow for links that live minutes. */
const SAMPLE_WEIGHT = 0.3;

/** Requests under way and their speed. */
export class Flow {
  /** Requests not answered yet. */
  outstanding = 0;
  /** Bytes they are for. */
  outstandingBytes = 0;
  #bytesPerSecond: number | undefined;
  #lastDoneMs = -Infinity;

  /** Bytes per second, as measured; undefined before anything came. */
  get bytesPerSecond(): number | undefined {
    return this.#bytesPerSecond;
  }

  /** Something was asked for. */
  asked(bytes: number): void {
    this.outstanding++;
    this.outstandingBytes += bytes;
  }

  /** A request has ended, answered or not. */
  ended(bytes: number): void {
    this.outstanding--;
    this.outstandingBytes -= bytes;
  }

  /** A request of `bytes` asked at `askedMs` is given up: it is no faster than this. */
  late(bytes: number, askedMs: number, nowMs: number): void {
    const sample = bytes * 1000 / Math.max(1, nowMs - askedMs);
    const old = this.#bytesPerSecond ?? sample;
    if (sample > old) return;
    this.#bytesPerSecond = old + (sample - old) * SAMPLE_WEIGHT;
  }

  /** A request of `bytes` asked at `askedMs` was answered in full. */
  delivered(bytes: number, askedMs: number, nowMs: number): void {
    // While requests overlap, the time since the last delivery is what one took.
    const tookMs = Math.max(1, nowMs - Math.max(askedMs, this.#lastDoneMs));
    this.#lastDoneMs = nowMs;
    const sample = bytes * 1000 / tookMs;
    const old = this.#bytesPerSecond ?? sample;
    this.#bytesPerSecond = old + (sample - old) * SAMPLE_WEIGHT;
  }
}
