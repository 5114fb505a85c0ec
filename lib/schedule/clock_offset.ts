/**
 * How far this machine's clock is off, from what servers say the time is: the
 * `Date` header of any answer (whole seconds), a gateway's `/time` (milli-
 * seconds). Each sample says between what offsets the truth is; the estimate is
 * the middle of where most of them agree (Marzullo's rule), so that several
 * `Date` headers together are finer than one, and a few servers with a wrong
 * clock do no harm. What is applied is never changed by less than the estimate's
 * error, so that a listener does not hop about for nothing. Pure: it reads no
 * clock.
 *
 * @module
 */
import {
  CLOCK_ROUND_TRIP_MS_MAX,
  CLOCK_SAMPLES_MAX,
  CLOCK_STEP_MS,
} from "../limits.ts";

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

/** Between what offsets a sample says the truth is, in ms, and when it came. */
interface Reading {
  lowMs: number;
  highMs: number;
  /** By this machine's clock, in ms since the epoch. */
  atMs: number;
}

/** What a `Date` header leaves out. */
const DATE_MS = 1000;

/** How fast two clocks may part: twice what a bad crystal does, 100 ppm. */
const DRIFT = 2e-4;

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
  /** The machine's two clocks when they were looked at last. */
  #seen: { nowMs: number; monotonicMs: number } | undefined;

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
    this.#readings.push(readingOf(sample));
    if (this.#readings.length > CLOCK_SAMPLES_MAX) this.#readings.shift();
    this.#estimate();
  }

  /**
   * Somebody looks at the machine's clock; call it before using the offset. Set
   * back by hours, a clock would play everything again: the station's time goes
   * on as the monotonic clock does. Gone forward, the machine has slept: the
   * clock is believed. Either way the samples are forgotten.
   *
   * @param nowMs the machine's clock, in ms since the epoch
   * @param monotonicMs ms that only go forward, from any moment on
   * @returns true where it was set: ask a server for the time soon
   */
  handleClock(nowMs: number, monotonicMs: number): boolean {
    const seen = this.#seen;
    this.#seen = { nowMs, monotonicMs };
    if (!seen) return false;
    const stepMs = nowMs - seen.nowMs - (monotonicMs - seen.monotonicMs);
    if (Math.abs(stepMs) < CLOCK_STEP_MS) return false;
    this.forget();
    if (stepMs < 0) this.#offsetMs -= Math.round(stepMs);
    return true;
  }

  /** Forgets the samples: the machine's clock was set, or it slept. The offset stays until the next. */
  forget(): void {
    this.#readings = [];
    this.#errorMs = Infinity;
  }

  #estimate(): void {
    const { lowMs, highMs } = agreed(this.#readings);
    const middleMs = Math.round((lowMs + highMs) / 2);
    const errorMs = Math.ceil((highMs - lowMs) / 2);
    if (Math.abs(middleMs - this.#offsetMs) > errorMs) {
      this.#offsetMs = middleMs;
    }
    // What was not worth a step may be wrong by that much more.
    this.#errorMs = errorMs + Math.abs(middleMs - this.#offsetMs);
  }
}

function readingOf(sample: ClockSample): Reading {
  const { kind, serverMs, sentMs, receivedMs } = sample;
  const more = kind === "date" ? DATE_MS : 0;
  return {
    lowMs: serverMs - receivedMs,
    highMs: serverMs + more - sentMs,
    atMs: receivedMs,
  };
}

/** Where most readings agree; of several such places that of the newest reading. */
function agreed(readings: readonly Reading[]): Omit<Reading, "atMs"> {
  const newest = readings.at(-1)!;
  // A clock drifts: what was read long ago says less now.
  const wide = readings.map(({ lowMs, highMs, atMs }) => {
    const driftMs = Math.abs(newest.atMs - atMs) * DRIFT;
    return { lowMs: lowMs - driftMs, highMs: highMs + driftMs };
  });
  const places = wide.map(({ lowMs: at }) => {
    const all = wide.filter(({ lowMs, highMs }) => lowMs <= at && at <= highMs);
    const highMs = Math.min(...all.map((one) => one.highMs));
    return { lowMs: at, highMs, count: all.length, all };
  });
  return places.reduce((best, one) => {
    if (one.count !== best.count) return one.count > best.count ? one : best;
    return one.all.includes(wide.at(-1)!) ? one : best;
  });
}
