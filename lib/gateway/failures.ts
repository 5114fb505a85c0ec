/**
 * What went wrong a moment ago with which URL: a thousand clients that tune in
 * to a dead origin ask it once, and each is told why.
 *
 * @module
 */
import type { AlluviumError } from "../errors.ts";
import { GATEWAY_FAILURE_MS, GATEWAY_FAILURES_MAX } from "../limits.ts";

/** The latest failures. */
export class Failures {
  readonly #byUrl = new Map<
    string,
    { error: AlluviumError; untilMs: number }
  >();

  /** How many are remembered. */
  get size(): number {
    return this.#byUrl.size;
  }

  /** Remembers one; the oldest make room. */
  add(url: string, error: AlluviumError, nowMs: number): void {
    this.#byUrl.delete(url);
    this.#byUrl.set(url, { error, untilMs: nowMs + GATEWAY_FAILURE_MS });
    for (const oldest of this.#byUrl.keys()) {
      if (this.#byUrl.size <= GATEWAY_FAILURES_MAX) break;
      this.#byUrl.delete(oldest);
    }
  }

  /** The failure of a URL, while it counts. */
  of(url: string, nowMs: number): AlluviumError | undefined {
    const failure = this.#byUrl.get(url);
    if (failure === undefined) return undefined;
    if (nowMs < failure.untilMs) return failure.error;
    this.#byUrl.delete(url);
    return undefined;
  }
}
