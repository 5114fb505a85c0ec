/**
 * How much of an origin may be under lease at a time, so that all listeners
 * together ask for less than it can give. An origin that is asked for more
 * answers everybody late; in a flash crowd that stalls every player.
 *
 * The measured rate is the best of the last half minute: bytes that came in a
 * second, or one fetch's own speed. At most 0.9 of what it gives in a second is
 * under lease. While the origin has more to give, fetches end sooner, more is
 * granted, and the measured rate rises; once it has not, they take 0.9 s and the
 * rate stands. Pure.
 *
 * Clients say how long they took, and may lie; the rate is believed up to
 * {@linkcode RATE_MAX}, so a liar can undo the pacing but nothing worse.
 *
 * @module
 */

/** Of the measured rate; design, section 6. */
const SHARE = 0.9;

/** Under lease before anything was measured: 64 chunks of audio, 16 of video. */
const START_BYTES = 1024 * 1024;

/** Under lease at least: one chunk of every size but the largest. */
const FLOOR_BYTES = 256 * 1024;

/** Bytes per second that are believed: a line of 1 Gbit/s. */
export const RATE_MAX = 125_000_000;

/** How long a measurement counts. */
const MEMORY_MS = 30_000;

/** A step of the measurement; four make the second. */
const STEP_MS = 250;

/** A fetch counts as this long at most; a lease lasts no longer. */
const FETCH_MS_MAX = 10_000;

interface Best {
  atMs: number;
  bytesPerSecond: number;
}

interface Grant {
  bytes: number;
  untilMs: number;
}

/** The pace of one origin. */
export class Pace {
  #grants: Grant[] = [];
  /** Falling rates at rising times: the first is the best of the memory. */
  #bests: Best[] = [];
  /** Bytes that came, by step of time. */
  readonly #steps = new Map<number, number>();

  /** Bytes under lease; leases whose time is over no longer count. */
  underLease(nowMs: number): number {
    this.#grants = this.#grants.filter(({ untilMs }) => untilMs > nowMs);
    return this.#grants.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Bytes per second, measured; undefined before anything came. */
  rate(nowMs: number): number | undefined {
    this.#forget(nowMs);
    return this.#bests[0]?.bytesPerSecond;
  }

  /** Bytes that may be leased now; 0 or more. */
  budget(nowMs: number): number {
    const rate = this.rate(nowMs);
    const allowed = rate === undefined
      ? START_BYTES
      : Math.max(FLOOR_BYTES, SHARE * rate);
    return Math.max(0, allowed - this.underLease(nowMs));
  }

  /** A run was leased until `untilMs`. */
  granted(bytes: number, untilMs: number): void {
    this.#grants.push({ bytes, untilMs });
  }

  /** A lease of so many bytes has ended without them: given back, or its client gone. */
  returned(bytes: number): void {
    const at = this.#grants.findIndex((grant) => grant.bytes === bytes);
    if (at >= 0) this.#grants.splice(at, 1);
  }

  /**
   * A lease of so many bytes has ended with them.
   *
   * @param ms how long the fetch took, as the client says
   */
  fetched(bytes: number, ms: number, nowMs: number): void {
    this.returned(bytes);
    if (ms > 0) this.#learn(bytes * 1000 / ms, nowMs);
    this.#spread(bytes, ms, nowMs);
    this.#learn(this.#busiestSecond(ms, nowMs), nowMs);
  }

  /** Counts a fetch's bytes in all the steps it took, not at its end alone. */
  #spread(bytes: number, ms: number, nowMs: number): void {
    const last = Math.floor(nowMs / STEP_MS);
    const first = Math.max(0, last - stepsIn(ms));
    const each = bytes / (last - first + 1);
    for (let step = first; step <= last; step++) {
      this.#steps.set(step, (this.#steps.get(step) ?? 0) + each);
    }
    for (const step of this.#steps.keys()) {
      if (step < last - stepsIn(FETCH_MS_MAX) - 4) this.#steps.delete(step);
    }
  }

  /** Bytes of the best second since a fetch of `ms` began. */
  #busiestSecond(ms: number, nowMs: number): number {
    const last = Math.floor(nowMs / STEP_MS);
    let best = 0;
    for (let end = last - stepsIn(ms); end <= last; end++) {
      let sum = 0;
      for (let step = end - 3; step <= end; step++) {
        sum += this.#steps.get(step) ?? 0;
      }
      best = Math.max(best, sum);
    }
    return best;
  }

  #learn(measured: number, nowMs: number): void {
    const bytesPerSecond = Math.min(measured, RATE_MAX);
    while ((this.#bests.at(-1)?.bytesPerSecond ?? Infinity) <= bytesPerSecond) {
      this.#bests.pop();
    }
    this.#bests.push({ atMs: nowMs, bytesPerSecond });
    this.#forget(nowMs);
  }

  /** What is too old no longer counts; the last measurement stays. */
  #forget(nowMs: number): void {
    while (
      this.#bests.length > 1 && nowMs - this.#bests[0]!.atMs > MEMORY_MS
    ) this.#bests.shift();
  }
}

function stepsIn(ms: number): number {
  return Math.ceil(Math.min(FETCH_MS_MAX, Math.max(0, ms)) / STEP_MS);
}
