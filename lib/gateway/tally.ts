/**
 * What a gateway has done since it began, as bare sums: enough to see whether
 * it is well, nothing of who listens to what.
 *
 * @module
 */
import type { ErrorCode } from "../errors.ts";

/** Sums since the gateway began. */
export class Tally {
  /** Joins answered with a content. */
  joins = 0;
  /** Files downloaded and hashed to the end. */
  hashedFiles = 0;
  /** Bytes of those. */
  hashedBytes = 0;
  /** Bytes of its own copies that went out. */
  servedBytes = 0;
  /** Peers asked back at their own port that answered. */
  reachablePeers = 0;
  /** Those that did not. */
  unreachablePeers = 0;
  readonly #refusals = new Map<ErrorCode, number>();

  /** Joins refused and files failed, by the code of the error. */
  get refusals(): ReadonlyMap<ErrorCode, number> {
    return this.#refusals;
  }

  /** A join was refused, or a file failed. */
  refused(code: ErrorCode): void {
    this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1);
  }

  /** A file was hashed. */
  hashed(bytes: number): void {
    this.hashedFiles++;
    this.hashedBytes += bytes;
  }

  /** A peer was asked back at its own port. */
  dialledBack(reachable: boolean): void {
    if (reachable) this.reachablePeers++;
    else this.unreachablePeers++;
  }
}
