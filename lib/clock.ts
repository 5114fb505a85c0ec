/**
 * Time as an argument. The pure modules take `now` in milliseconds; the shells
 * that must wait take a {@linkcode Clock}, so that a test or the simulator can
 * stand in its own. This is the only file of `lib/` that reads the machine's
 * clock or sets a timer.
 *
 * @module
 */
import { clearImmediate, setImmediate } from "node:timers";

/** A source of time and of waiting. */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch; may jump. */
  now(): number;
  /** Milliseconds since an arbitrary moment; never goes back. For pacing. */
  monotonic(): number;
  /**
   * Resolves after `delayMs` (0 or less: on the next turn). Rejects with the
   * signal's reason as soon as `signal` aborts.
   */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls `callback` once after `delayMs`.
   *
   * @returns a function that cancels the call; calling it later is harmless.
   */
  timer(delayMs: number, callback: () => void): () => void;
}

/** The machine's own clock. Its timers keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(delayMs, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(id);
        reject(signal?.reason);
      };
      const id = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, Math.max(0, delayMs));
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  },
  timer(delayMs, callback) {
    if (delayMs <= 0) {
      // A timer of 0 ms takes one, which is 100 KB at 100 MB/s.
      const id = setImmediate(callback);
      return () => clearImmediate(id);
    }
    const id = setTimeout(callback, delayMs);
    return () => clearTimeout(id);
  },
};
