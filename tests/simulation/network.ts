/**
 * The network model: every node has an uplink and a downlink that carry one
 * thing after another, every pair a latency. A connection keeps its order. What
 * is lost is late, and so is all that follows on the same connection: TCP sends
 * it again. Its windows are not modelled (facts, swarm 8). Small frames do not
 * queue behind the data of other connections, as they would not on fair queues,
 * but they use up the line.
 *
 * @module
 */
import type { Timeline } from "./timeline.ts";

/** Bytes around a frame on the wire: TCP/IP 40, WebSocket 6. */
export const FRAME_OVERHEAD_BYTES = 46;

/** Frames up to this go past the queue of data. */
const SMALL_BYTES = 4 * 1024;

/** Bytes of a packet. */
const PACKET_BYTES = 1448;

/** TCP's shortest wait before it sends again what nothing has followed: RFC 6298, as implemented. */
const RESEND_MS = 200;

/** A part of a network that is cut off from the others for a while. */
export interface Island {
  number: number;
  fromMs: number;
  untilMs: number;
}

/** What may be wrong with a line. */
export interface LineFaults {
  /** How many ms bytes come late because some were lost. */
  lateMs?: (bytes: number) => number;
  island?: Island;
}

/** A node's access line. */
export class Line {
  /** When the uplink and the downlink have done what they were given. */
  upFreeMs = -Infinity;
  downFreeMs = -Infinity;

  /**
   * @param upBytesPerMs uplink
   * @param downBytesPerMs downlink
   * @param rttMs round trip to a node like itself
   * @param faults none by default
   */
  constructor(
    readonly upBytesPerMs: number,
    readonly downBytesPerMs: number,
    readonly rttMs: number,
    readonly faults: LineFaults = {},
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

/** What losing this share of all packets does to bytes on a line. */
export function lossOf(
  share: number,
  rttMs: number,
  random: () => number,
): (bytes: number) => number {
  return (bytes) => {
    const packets = Math.ceil(bytes / PACKET_BYTES);
    if (random() >= 1 - (1 - share) ** packets) return 0;
    // The last ones are missed by nobody before the timer.
    return random() * packets < 3 ? RESEND_MS + rttMs : rttMs;
  };
}

/** Until when two nodes cannot reach each other; undefined if they can. */
export function cutUntilMs(
  from: Line,
  to: Line,
  nowMs: number,
): number | undefined {
  const [here, there] = [from.faults.island, to.faults.island];
  if (here === undefined || there === undefined) return undefined;
  const cut = here.number !== there.number && nowMs >= here.fromMs &&
    nowMs < here.untilMs;
  return cut ? here.untilMs : undefined;
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
    const cutMs = cutUntilMs(from, to, time.nowMs);
    if (cutMs !== undefined) return this.#sendOnce(cutMs, bytes, sent);
    const sentMs = from.send(bytes, time.nowMs);
    const lateMs = (from.faults.lateMs?.(bytes) ?? 0) +
      (to.faults.lateMs?.(bytes) ?? 0);
    time.at(sentMs + lateMs + latencyMs(from, to), () => {
      const throughMs = to.receive(bytes, time.nowMs);
      if (throughMs <= time.nowMs) return this.#through(sent);
      time.at(throughMs, () => this.#through(sent));
    });
    return sentMs;
  }

  /** The nodes are cut off from each other: what is sent now waits, and comes when they are not. */
  #sendOnce(untilMs: number, bytes: number, sent: Sent): number {
    const { time, from, to } = this;
    const sentMs = untilMs + bytes / from.upBytesPerMs;
    time.at(sentMs + latencyMs(from, to), () => this.#through(sent));
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
