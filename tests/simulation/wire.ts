/**
 * A connection between two listeners: each end has a number of its own, frames
 * keep their order, and when one end closes the other hears of it later.
 *
 * @module
 */
import { FRAME_OVERHEAD_BYTES, latencyMs, type Line, Pipe } from "./network.ts";
import type { Timeline } from "./timeline.ts";

/** One end's owner. */
export interface WireOwner {
  readonly line: Line;
  frame(number: number, frame: Uint8Array): void;
  closed(number: number): void;
}

interface End {
  owner: WireOwner;
  number: number;
  pipe: Pipe;
}

/** The connection. */
export class Wire {
  /** Bytes that went over it, with what is around the frames. */
  bytes = 0;
  readonly #ends: readonly [End, End];
  #open = true;

  constructor(
    readonly time: Timeline,
    a: { owner: WireOwner; number: number },
    b: { owner: WireOwner; number: number },
  ) {
    const pipe = (from: WireOwner, to: WireOwner) =>
      new Pipe(time, from.line, to.line);
    this.#ends = [
      { ...a, pipe: pipe(a.owner, b.owner) },
      { ...b, pipe: pipe(b.owner, a.owner) },
    ];
  }

  /** Sends a frame from one end; returns when its last byte has left. */
  send(from: WireOwner, frame: Uint8Array): number {
    const [here, there] = this.#seenFrom(from);
    if (!this.#open) return this.time.nowMs;
    const bytes = frame.length + FRAME_OVERHEAD_BYTES;
    this.bytes += bytes;
    return here.pipe.send(bytes, () => {
      if (this.#open) there.owner.frame(there.number, frame);
    });
  }

  /** Closes it from one end; frames on their way are lost. */
  close(from: WireOwner): void {
    if (!this.#open) return;
    this.#open = false;
    const [here, there] = this.#seenFrom(from);
    here.owner.closed(here.number);
    const wayMs = latencyMs(here.owner.line, there.owner.line);
    this.time.after(wayMs, () => there.owner.closed(there.number));
  }

  #seenFrom(owner: WireOwner): [End, End] {
    const [a, b] = this.#ends;
    return owner === a.owner ? [a, b] : [b, a];
  }
}
