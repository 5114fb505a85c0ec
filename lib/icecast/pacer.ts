/**
 * The pace of a stream: its own play time, counted from the first byte, so that
 * it neither drifts nor depends on bitrate. {@linkcode Pacer} is the arithmetic;
 * {@linkcode pace} moves chunks to a mount with it.
 *
 * Promises: chunk n goes out when all before it have played, less the lead; a
 * source that was late is caught up with; one that is later than
 * PACER_LATE_MS_MAX (the machine slept) starts a new count instead.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { PACER_LATE_MS_MAX } from "../limits.ts";
import type { MountChunk } from "../media/packet.ts";
import type { Mount } from "./mount.ts";

/** When the next chunk may go out. */
export class Pacer {
  readonly #leadMs: number;
  #startMs: number;
  #playedMs = 0;

  /**
   * Starts to count.
   *
   * @param nowMs monotonic time of the first byte
   * @param leadMs how much play time goes out at once, before the pace begins
   */
  constructor(nowMs: number, leadMs = 0) {
    this.#startMs = nowMs;
    this.#leadMs = leadMs;
  }

  /** Play time of what went out, in ms. */
  get playedMs(): number {
    return this.#playedMs;
  }

  /** Milliseconds to wait before the next chunk; 0 when it may go now. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#dueMs() - nowMs);
  }

  /** A chunk went out. */
  sent(durationMs: number, nowMs: number): void {
    const lateMs = nowMs - this.#dueMs() - this.#leadMs;
    if (lateMs > PACER_LATE_MS_MAX) this.#startMs += lateMs;
    this.#playedMs += durationMs;
  }

  #dueMs(): number {
    return this.#startMs + this.#playedMs - this.#leadMs;
  }
}

/** How {@linkcode pace} goes. */
export interface PaceOptions {
  /** Its monotonic time is the pace. */
  clock: Clock;
  /** Ends it; what was read and not sent is lost. */
  signal?: AbortSignal;
  /** Play time that goes out at once. @default {0} */
  leadMs?: number;
}

/**
 * Moves a stream of chunks to a mount, each at its time.
 *
 * @returns when the stream has ended or the signal aborts
 * @throws what the stream throws
 */
export async function pace(
  chunks: ReadableStream<MountChunk>,
  mount: Pick<Mount, "push">,
  options: PaceOptions,
): Promise<void> {
  const { clock, signal, leadMs = 0 } = options;
  const reader = chunks.getReader();
  const stop = () => void reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", stop, { once: true });
  let pacer: Pacer | undefined;
  try {
    while (!signal?.aborted) {
      const { value, done } = await reader.read();
      if (done) return;
      pacer ??= new Pacer(clock.monotonic(), leadMs);
      const waitMs = pacer.waitMs(clock.monotonic());
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      mount.push(value);
      pacer.sent(value.durationMs, clock.monotonic());
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    await reader.cancel().catch(() => {});
  }
}
