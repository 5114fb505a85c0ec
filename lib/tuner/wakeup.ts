/**
 * Waiting for "something is new, or it is time", which is all the tuner's loop
 * ever waits for.
 *
 * @module
 */
import type { Clock } from "../clock.ts";

/** A bell that rings at most once for each wait. */
export class Wakeup {
  readonly #clock: Clock;
  #rung = false;
  #wake: (() => void) | undefined;

  /** @param clock for the times to wake at */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Something is new: the present wait, or else the next one, ends at once. */
  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /**
   * Waits for a ring or for `delayMs`, whichever comes first.
   *
   * @param signal ends the wait as a ring does
   */
  async wait(delayMs: number, signal: AbortSignal): Promise<void> {
    if (this.#rung || signal.aborted) {
      this.#rung = false;
      return;
    }
    await new Promise<void>((resolve) => {
      const done = () => {
        cancel();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const cancel = this.#clock.timer(delayMs, done);
      signal.addEventListener("abort", done);
      this.#wake = done;
    });
    this.#wake = undefined;
    this.#rung = false;
  }
}
