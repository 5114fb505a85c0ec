/**
 * Time that a test moves. Timers and sleeps run in the order in which they are
 * due, and between two of them every promise that can settle does.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Clock } from "../../lib/clock.ts";

interface Alarm {
  atMs: number;
  callback: () => void;
}

/** A {@linkcode Clock} that stands still until told to advance. */
export class FakeClock implements Clock {
  #nowMs: number;
  #monotonicMs = 0;
  #alarms = new Set<Alarm>();

  /** Starts at `nowMs` since the Unix epoch; default 2026-01-01. */
  constructor(nowMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = nowMs;
  }

  /** Wall-clock time in milliseconds. */
  now(): number {
    return this.#nowMs;
  }

  /** Milliseconds advanced so far. */
  monotonic(): number {
    return this.#monotonicMs;
  }

  /** How many timers and sleeps are waiting. */
  get waiting(): number {
    return this.#alarms.size;
  }

  /** Whether a timer or sleep ends in exactly `delayMs`. */
  isDueIn(delayMs: number): boolean {
    const atMs = this.#monotonicMs + delayMs;
    return [...this.#alarms].some((alarm) => alarm.atMs === atMs);
  }

  /** Resolves when time has been advanced by `delayMs`. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.timer(delayMs, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Calls back when time has been advanced by `delayMs`. */
  timer(delayMs: number, callback: () => void): () => void {
    const alarm = { atMs: this.#monotonicMs + Math.max(0, delayMs), callback };
    this.#alarms.add(alarm);
    return () => void this.#alarms.delete(alarm);
  }

  /** Moves time on, running what falls due on the way. */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#monotonicMs + byMs;
    await settle();
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      if (next.atMs > endMs) break;
      this.#moveTo(next.atMs);
      this.#alarms.delete(next);
      next.callback();
      await settle();
    }
    this.#moveTo(endMs);
  }

  /** Sets the wall clock off by `byMs`, as a user or NTP would; no timer runs. */
  jump(byMs: number): void {
    this.#nowMs += byMs;
  }

  #moveTo(monotonicMs: number): void {
    this.#nowMs += monotonicMs - this.#monotonicMs;
    this.#monotonicMs = monotonicMs;
  }

  /** The first alarm; among equals the one set first, as sets keep order. */
  #next(): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.#alarms) {
      if (first === undefined || alarm.atMs < first.atMs) first = alarm;
    }
    return first;
  }
}

/** Lets every promise settle that waits for nothing but other promises. */
export function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** A {@linkcode FakeClock} that tells how many timers have been set, by which a test sees that something was done in real time. */
export class CountingClock extends FakeClock {
  /** Timers set so far. */
  timers = 0;

  /** Calls back when time has been advanced by `delayMs`. */
  override timer(delayMs: number, callback: () => void): () => void {
    this.timers++;
    return super.timer(delayMs, callback);
  }
}
