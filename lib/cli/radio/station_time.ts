/**
 * The station's time on this machine, and what to do when somebody sets the
 * machine's clock: ask the station's server at once what the time is, rather
 * than at the playlist's next refresh. Whether the machine slept or was set
 * forward it cannot tell; the answer does.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import { CLOCK_ROUND_TRIP_MS_MAX } from "../../limits.ts";
import { ClockOffset } from "../../schedule/clock_offset.ts";

/** Looks at the machine's clock. */
export class StationTime {
  /** What it is off by. */
  readonly offset: ClockOffset = new ClockOffset();
  readonly #clock: Clock;
  readonly #fetch: typeof fetch;
  readonly #end = new AbortController();
  #asking: Promise<void> | undefined;

  /** @param fetch how to ask a server */
  constructor(clock: Clock, fetch: typeof globalThis.fetch) {
    this.#clock = clock;
    this.#fetch = fetch;
  }

  /**
   * How far the station's time is ahead of the machine's clock, in ms.
   *
   * @param url whose server to ask where the clock was set
   */
  offsetMs(url: string): number {
    const { offset } = this;
    const clock = this.#clock;
    const wasSet = offset.handleClock(clock.now(), clock.monotonic());
    if (wasSet && /^https?:/.test(url) && !this.#end.signal.aborted) {
      this.#asking ??= this.#ask(url).finally(() => this.#asking = undefined);
    }
    return offset.offsetMs;
  }

  /** Ends what is being asked. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#asking;
  }

  async #ask(url: string): Promise<void> {
    const late = new AbortController();
    const stop = this.#clock.timer(CLOCK_ROUND_TRIP_MS_MAX, () => late.abort());
    try {
      const sentMs = this.#clock.now();
      const answer = await this.#fetch(url, {
        method: "HEAD",
        signal: AbortSignal.any([late.signal, this.#end.signal]),
      });
      const receivedMs = this.#clock.now();
      await answer.body?.cancel();
      const serverMs = Date.parse(answer.headers.get("date") ?? "");
      // An answer from a cache carries the time at which it was put there.
      if ((answer.headers.get("age") ?? "0") !== "0") return;
      this.offset.handleSample({ kind: "date", serverMs, sentMs, receivedMs });
    } catch {
      // The next refresh of the playlist tells the time as well.
    } finally {
      stop();
    }
  }
}
