/**
 * Play time of streams that are passed on without a look at their times: as
 * long as they take to arrive. Pure.
 *
 * @module
 */
import type { MountChunk } from "../../media/packet.ts";

/** Some bytes of a stream. */
export interface StreamPiece {
  data: Uint8Array;
  /** What goes before it for a listener that starts with it; absent where none may. */
  header?: Uint8Array;
}

/** Gives pieces their play time. */
export class ArrivalClock {
  #lastMs: number | undefined;

  /** What comes next is another source's. */
  cut(): void {
    this.#lastMs = undefined;
  }

  /**
   * Pieces as chunks: what passed since the last call is the first one's.
   *
   * @param nowMs monotonic
   */
  chunks(pieces: readonly StreamPiece[], nowMs: number): MountChunk[] {
    if (pieces.length === 0) return [];
    const durationMs = nowMs - (this.#lastMs ?? nowMs);
    this.#lastMs = nowMs;
    return pieces.map((piece, i) => ({
      ...piece,
      durationMs: i === 0 ? durationMs : 0,
    }));
  }
}
