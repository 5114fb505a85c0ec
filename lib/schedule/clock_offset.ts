/**
 * How far this machine's clock is off, from what servers say the time is: the
 * `Date` header of any answer (whole seconds), a gateway's `/time` (milli-
 * seconds). The estimate is the median of the best samples, with the error it
 * may have; what is applied is never changed by less than that error, so that
 * a listener does not hop about for nothing. Pure: it reads no clock.
 *
 * @module
 */
import { CLOCK_ROUND_TRIP_MS_MAX, CLOCK_SAMPLES_MAX } from "../limits.ts";

/** One answer that told the time. */
export interface ClockSample {
  /** `date`: a `Date` header, cut to whole seconds. `time`: in milliseconds. */
  kind: "date" | "time";
  /** What the server said, in ms since the epoch. */
  serverMs: number;
  /** This machine's clock when the question went out, in ms since the epoch. */
  sentMs: number;
  /** The same when the answer's head was here. */
  receivedMs: number;
}

/** A sample as an offset and how wrong it may be, both in ms. */
interface Reading {
  offsetMs: number;
  errorMs: number;
}

/** Half of the second that a `Date` header leaves out. */
const DATE_HALF_MS = 500;

/**
 * Collects samples and tells the offset to apply.
 *
 * @example
 * ```ts
 * import { ClockOffset } from "./clock_offset.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const clock = new ClockOffset();
 * clock.handleSample({ kind: "time", serverMs: 5050, sentMs: 0, receivedMs: 100 });
 * assertEquals([clock.offsetMs, clock.errorMs], [5000, 50]);
 * ```
 */
export class ClockOffset {
  #readings: Reading[] = [];
  #offsetMs = 0;
  #errorMs = Infinity;

  /** Add this to the machine's clock to have the time, in ms. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** How wrong the offset may be, in ms; Infinity until a sample came. */
  get errorMs(): number {
    return this.#errorMs;
  }

  /**
   * A server told the time. Samples whose round trip is negative (the clock was
   * set meanwhile) or too long to tell anything are not used.
   */
  handleSample(sample: ClockSample): void {
    const roundTrip = sample.receivedMs - sample.sentMs;
    if (!(roundTrip >= 0 && roundTrip <= CLOCK_ROUND_TRIP_MS_MAX)) return;
    if (!Number.isFinite(sample.serverMs)) return;
    this.#readings.push(readingOf(sample, roundTrip));
    if (this.#readings.length > CLOCK_SAMPLES_MAX) this.#readings.shift();
    this.#estimate();
  }

  /** Forgets the samples: the machine's clock was set, or it slept. The offset stays until the next. */
  forget(): void {
    this.#readings = [];
    this.#errorMs = Infinity;
  }

  #estimate(): void {
    const best = Math.min(...this.#readings.map((reading) => reading.errorMs));
    // One exact sample is worth more than any number of rough ones.
    const good = this.#readings.filter((r) => r.errorMs <= 2 * best)
      .sort((a, b) => a.offsetMs - b.offsetMs);
    const middle = good[(good.length - 1) >> 1]!;
    if (Math.abs(middle.offsetMs - this.#offsetMs) > middle.errorMs) {
      this.#offsetMs = middle.offsetMs;
    }
    // What was not worth a step may be wrong by that much more.
    this.#errorMs = middle.errorMs +
      Math.abs(middle.offsetMs - this.#offsetMs);
  }
}

function readingOf(sample: ClockSample, roundTrip: number): Reading {
  const half = sample.kind === "date" ? DATE_HALF_MS : 0;
  return {
    offsetMs: Math.round(
      sample.serverMs + half - sample.sentMs - roundTrip / 2,
    ),
    errorMs: half + Math.ceil(roundTrip / 2),
  };
}
