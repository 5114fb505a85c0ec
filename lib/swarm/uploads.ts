/**
 * What we send to whom, and in which order: pieces of at most 64 KiB, two on
 * their way at a time, the earliest deadline first, so that a less urgent queue
 * never makes an urgent request wait for more than a piece. A peer that does not
 * read holds up nobody but itself. Peers on the local network are not held to
 * the upload limit.
 *
 * @module
 */
import { DATA_LEAVES_MAX, UPLOAD_QUEUE_MAX } from "../limits.ts";
import type { Content } from "./content.ts";
import type { Link, UploadRequest } from "./link.ts";

/** Pieces with the shell at a time. More share the uplink and make all of them late: facts, swarm 8 (eight slots instead of one cost 0.9 s of p95). */
const PIECES_SENDING_MAX = 2;

/** A piece that has not left after this no longer counts among those: 64 KiB at half a Mbit/s. */
const STUCK_MS = 1_000;

/** The upload limit saves up this long, so that a piece can leave at once. */
const BURST_SECONDS = 1;

/** A piece to send now. */
export interface UploadPiece {
  link: Link;
  content: Content;
  from: number;
  until: number;
}

interface Sending extends UploadPiece {
  sinceMs: number;
}

/** The queue of all links. */
export class Uploads {
  /** What is with the shell: one piece a link. */
  readonly #sending = new Map<Link, Sending>();
  #tokens: number;
  #tokensAtMs = 0;

  /** @param limitBytesPerSecond to peers outside the local network; Infinity for none. May change. */
  constructor(public limitBytesPerSecond: number) {
    this.#tokens = limitBytesPerSecond * BURST_SECONDS;
  }

  /** Bytes asked of us and not yet sent, over all links. */
  queueBytes(links: Iterable<Link>): number {
    let bytes = 0;
    for (const link of links) {
      for (const { content, from, until } of link.uploads) {
        bytes += content.bytesOf(from, until);
      }
    }
    return bytes;
  }

  /** Takes a request; false when the link has asked for too much already. */
  add(request: UploadRequest): boolean {
    const queue = request.link.uploads;
    if (queue.length >= UPLOAD_QUEUE_MAX) return false;
    queue.push(request);
    return true;
  }

  /** Drops what a link asked for within a run. */
  cancel(link: Link, content: Content, from: number, until: number): void {
    for (let i = link.uploads.length - 1; i >= 0; i--) {
      const request = link.uploads[i]!;
      if (
        request.content === content && request.from < until &&
        request.until > from
      ) link.uploads.splice(i, 1);
    }
  }

  /** The next piece to send, if one may go now. */
  next(links: Iterable<Link>, nowMs: number): UploadPiece | undefined {
    this.#refill(nowMs);
    if (this.#busy(nowMs) >= PIECES_SENDING_MAX) return undefined;
    let best: UploadRequest | undefined;
    for (const link of links) {
      if (!this.#mayGo(link)) continue;
      for (const request of link.uploads) {
        if (best === undefined || request.deadlineMs < best.deadlineMs) {
          best = request;
        }
      }
    }
    return best === undefined ? undefined : this.#take(best, nowMs);
  }

  /** A piece has left, could not be read, or its link has gone; returns it. */
  sent(link: Link): UploadPiece | undefined {
    const piece = this.#sending.get(link);
    this.#sending.delete(link);
    return piece;
  }

  /** When {@linkcode next} may have something new though nothing happened; Infinity if never. */
  nextMs(links: Iterable<Link>, nowMs: number): number {
    let next = Infinity;
    for (const link of links) {
      if (link.uploads.length === 0 || this.#sending.has(link)) continue;
      next = Math.min(next, link.lan ? -Infinity : this.#tokensMs());
    }
    if (next === Infinity || this.#busy(nowMs) < PIECES_SENDING_MAX) {
      return next;
    }
    return Math.max(next, this.#unstuckMs(nowMs));
  }

  /** Pieces that take a place: those that are not stuck. */
  #busy(nowMs: number): number {
    let busy = 0;
    for (const { sinceMs } of this.#sending.values()) {
      if (nowMs - sinceMs < STUCK_MS) busy++;
    }
    return busy;
  }

  #unstuckMs(nowMs: number): number {
    let next = Infinity;
    for (const { sinceMs } of this.#sending.values()) {
      if (nowMs - sinceMs < STUCK_MS) next = Math.min(next, sinceMs + STUCK_MS);
    }
    return next;
  }

  #mayGo(link: Link): boolean {
    return !this.#sending.has(link) && (link.lan || this.#tokens > 0);
  }

  #take(request: UploadRequest, nowMs: number): UploadPiece {
    const { link, content, from } = request;
    const until = Math.min(request.until, from + DATA_LEAVES_MAX);
    if (until >= request.until) {
      link.uploads.splice(link.uploads.indexOf(request), 1);
    } else request.from = until;
    const piece = { link, content, from, until };
    this.#sending.set(link, { ...piece, sinceMs: nowMs });
    if (!link.lan) this.#tokens -= content.bytesOf(from, until);
    return piece;
  }

  /** When the limit lets another piece go. */
  #tokensMs(): number {
    if (this.#tokens > 0) return -Infinity;
    return this.#tokensAtMs +
      Math.ceil((1 - this.#tokens) * 1000 / this.limitBytesPerSecond);
  }

  #refill(nowMs: number): void {
    if (!Number.isFinite(this.limitBytesPerSecond)) {
      this.#tokens = Infinity;
      return;
    }
    const seconds = Math.max(0, nowMs - this.#tokensAtMs) / 1000;
    this.#tokens = Math.min(
      this.limitBytesPerSecond * BURST_SECONDS,
      this.#tokens + seconds * this.limitBytesPerSecond,
    );
    this.#tokensAtMs = nowMs;
  }
}
