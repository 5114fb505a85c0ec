/**
 * The network model: every node has an uplink and a downlink that carry one
 * thing after another, every pair a latency. A connection keeps its order. No
 * TCP detail, no loss (facts, swarm 8). Small frames do not queue behind the
 * data of other connections, as they would not on fair queues, but they use up
 * the line.
 *
 * @module
 */
import type { Timeline } from "./timeline.ts";

/** Bytes around a frame on the wire: TCP/IP 40, WebSocket 6. */
export const FRAME_OVERHEAD_BYTES = 46;

/** Frames up to this go past the queue of data. */
const SMALL_BYTES = 4 * 1024;

/** A node's access line. */
export class Line {
  /** When the uplink and the downlink have done what they were given. */
  upFreeMs = -Infinity;
  downFreeMs = -Infinity;

  /**
   * @param upBytesPerMs uplink
   * @param downBytesPerMs downlink
   * @param rttMs round trip to a node like itself
   */
  constructor(
    readonly upBytesPerMs: number,
    readonly downBytesPerMs: number,
    readonly rttMs: number,
  ) {}

  /** Puts bytes on the uplink; returns when the last one has left. */
  send(bytes: number, nowMs: number): number {
    const startMs = Math.max(nowMs, this.upFreeMs);
    this.upFreeMs = startMs + bytes / this.upBytesPerMs;
    return bytes <= SMALL_BYTES ? nowMs : this.upFreeMs;
  }

  /** The last of some bytes reaches the downlink now; returns when it is through. */
  receive(bytes: number, nowMs: number): number {
    // They have been flowing in while they were sent.
    const tookMs = bytes / this.downBytesPerMs;
    const startMs = Math.max(this.downFreeMs, nowMs - tookMs);
    this.downFreeMs = startMs + tookMs;
    return bytes <= SMALL_BYTES ? nowMs : this.downFreeMs;
  }
}

/** From one node to another, in ms. */
export function latencyMs(from: Line, to: Line): number {
  return (from.rttMs + to.rttMs) / 4;
}

interface Sent {
  here: boolean;
  arrived: () => void;
}

/** One way from a node to another that keeps its order. */
export class Pipe {
  readonly #sent: Sent[] = [];

  /** @param time of the world */
  constructor(
    readonly time: Timeline,
    readonly from: Line,
    readonly to: Line,
  ) {}

  /** Sends bytes; returns when the last one has left. `arrived` is called when it is there. */
  send(bytes: number, arrived: () => void): number {
    const { time, from, to } = this;
    const sent = { here: false, arrived };
    this.#sent.push(sent);
    const sentMs = from.send(bytes, time.nowMs);
    time.at(sentMs + latencyMs(from, to), () => {
      const throughMs = to.receive(bytes, time.nowMs);
      if (throughMs <= time.nowMs) return this.#through(sent);
      time.at(throughMs, () => this.#through(sent));
    });
    return sentMs;
  }

  #through(sent: Sent): void {
    sent.here = true;
    for (let first = this.#sent[0]; first?.here; first = this.#sent[0]) {
      this.#sent.shift();
      first.arrived();
    }
  }
}
