/**
 * What we send to whom, and in which order: pieces of at most 64 KiB, 256 KiB on
 * the local network, two on their way at a time, what plays within seconds first, so that a less urgent
 * queue never makes an urgent request wait for more than a piece. Among equally
 * urgent requests the one for what fewest others hold goes first: all want the
 * same chunk at the same second, and whoever gets it first can pass it on. A peer
 * that does not read holds up nobody but itself. Peers on the local network do
 * not share the uplink: they are held neither to the upload limit nor to the two
 * pieces.
 *
 * @module
 */
import {
  DATA_LEAVES_MAX,
  LAN_DATA_LEAVES_MAX,
  UPLOAD_QUEUE_MAX,
} from "../limits.ts";
import type { Content } from "./content.ts";
import type { Link, UploadRequest } from "./link.ts";
import { isUrgent, PRESSING_MS, SOON_MS, URGENT_MS } from "./zones.ts";

/** Pieces with the shell at a time. More share the uplink and make all of them late: facts, swarm 8 (eight slots instead of one cost 0.9 s of p95). */
const PIECES_SENDING_MAX = 2;

/** Pieces with the shell at a time for each peer on the local network: 2 MiB, so that reading, sending and thinking overlap. */
const LAN_PIECES_MAX = 8;

/** A piece that has not left after this no longer counts among those: 64 KiB at half a Mbit/s. */
const STUCK_MS = 1_000;

/**
 * What plays over there within the first of these goes before what plays within
 * the next, and so on: somebody waits for it. Among what plays as soon the rarest
 * goes first, so that there is something left to pass on; at a joint all of the
 * next item is rare, and went before the last seconds of the one before.
 */
const CLASSES_MS = [500, PRESSING_MS, URGENT_MS, SOON_MS];

/** The upload limit saves up this long, so that a piece can leave at once. */
const BURST_SECONDS = 1;

/** While links wait, other ways ask again after this: two pieces at 10 Mbit/s. */
const LINKS_FIRST_MS = 100;

/** A piece to send now. */
export interface UploadPiece {
  /** To whom. */
  link: Link;
  /** Of what. */
  content: Content;
  /** First leaf. */
  from: number;
  /** The leaf after the last. */
  until: number;
}

interface Sending extends UploadPiece {
  sinceMs: number;
}

/** The queue of all links. */
export class Uploads {
  /** What is with the shell, oldest first. */
  readonly #sending = new Map<Link, Sending[]>();
  /** Who waits for something. */
  readonly #waiting = new Set<Link>();
  #tokens: number;
  #tokensAtMs = 0;

  /**
   * Nothing waits.
   *
   * @param limitBytesPerSecond to peers outside the local network; Infinity for none. May change.
   */
  constructor(public limitBytesPerSecond: number) {
    this.#tokens = limitBytesPerSecond * BURST_SECONDS;
  }

  /** Urgent bytes asked of us and not yet sent, over all links. */
  queueBytes(nowMs: number): number {
    let bytes = 0;
    for (const link of this.#waiting) {
      for (const { content, from, until, deadlineMs } of link.uploads) {
        if (isUrgent(deadlineMs, nowMs)) bytes += content.bytesOf(from, until);
      }
    }
    return bytes;
  }

  /** Takes a request; false when the link has asked for too much already. */
  add(request: UploadRequest): boolean {
    const queue = request.link.uploads;
    if (queue.length >= UPLOAD_QUEUE_MAX) return false;
    queue.push(request);
    this.#waiting.add(request.link);
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
    if (link.uploads.length === 0) this.#waiting.delete(link);
  }

  /** The next piece to send, if one may go now. */
  next(nowMs: number): UploadPiece | undefined {
    if (this.#waiting.size === 0) return undefined;
    this.#refill(nowMs);
    const uplinkFree = this.#busy(nowMs) < PIECES_SENDING_MAX;
    let best: UploadRequest | undefined;
    for (const link of this.#waiting) {
      if (!this.#hasPlace(link)) continue;
      if (!link.lan && (!uplinkFree || this.#tokens <= 0)) continue;
      for (const request of link.uploads) {
        if (best === undefined || goesBefore(request, best, nowMs)) {
          best = request;
        }
      }
    }
    return best === undefined ? undefined : this.#take(best, nowMs);
  }

  /**
   * How long nothing may leave by another way than a link, in ms; 0 if something
   * may: what peers wait for goes before it, then the limit counts.
   */
  waitMs(nowMs: number): number {
    this.#refill(nowMs);
    for (const link of this.#waiting) {
      if (!link.lan && this.#hasPlace(link)) return LINKS_FIRST_MS;
    }
    return Math.max(0, this.#tokensMs() - nowMs);
  }

  /** Bytes leave by another way than a link, within the same limit. */
  spend(bytes: number, nowMs: number): void {
    this.#refill(nowMs);
    this.#tokens -= bytes;
  }

  /** A link's oldest piece has left or could not be read; returns it. */
  sent(link: Link): UploadPiece | undefined {
    const pieces = this.#sending.get(link);
    const piece = pieces?.shift();
    if (pieces?.length === 0) this.#sending.delete(link);
    return piece;
  }

  /** A link has gone, and what was on its way with it. */
  drop(link: Link): void {
    this.#sending.delete(link);
    this.#waiting.delete(link);
  }

  /** When {@linkcode next} may have something new though nothing happened; Infinity if never. */
  nextMs(nowMs: number): number {
    if (this.#waiting.size === 0) return Infinity;
    const uplinkMs = this.#busy(nowMs) < PIECES_SENDING_MAX
      ? -Infinity
      : this.#unstuckMs(nowMs);
    let next = Infinity;
    for (const link of this.#waiting) {
      if (!this.#hasPlace(link)) continue;
      if (link.lan) return -Infinity;
      next = Math.min(next, Math.max(this.#tokensMs(), uplinkMs));
    }
    return next;
  }

  /** Pieces that take a place on the uplink: those that are not stuck. */
  #busy(nowMs: number): number {
    let busy = 0;
    for (const { sinceMs } of this.#onUplink()) {
      if (nowMs - sinceMs < STUCK_MS) busy++;
    }
    return busy;
  }

  #unstuckMs(nowMs: number): number {
    let next = Infinity;
    for (const { sinceMs } of this.#onUplink()) {
      if (nowMs - sinceMs < STUCK_MS) next = Math.min(next, sinceMs + STUCK_MS);
    }
    return next;
  }

  *#onUplink(): Generator<Sending> {
    for (const [link, pieces] of this.#sending) if (!link.lan) yield* pieces;
  }

  #hasPlace(link: Link): boolean {
    const places = link.lan ? LAN_PIECES_MAX : 1;
    return (this.#sending.get(link)?.length ?? 0) < places;
  }

  #take(request: UploadRequest, nowMs: number): UploadPiece {
    const { link, content, from } = request;
    const leaves = link.lan ? LAN_DATA_LEAVES_MAX : DATA_LEAVES_MAX;
    const until = Math.min(request.until, from + leaves);
    if (until >= request.until) {
      link.uploads.splice(link.uploads.indexOf(request), 1);
      if (link.uploads.length === 0) this.#waiting.delete(link);
    } else request.from = until;
    const piece = { link, content, from, until };
    const pieces = this.#sending.get(link) ?? [];
    pieces.push({ ...piece, sinceMs: nowMs });
    this.#sending.set(link, pieces);
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

/** How many of {@linkcode CLASSES_MS} lie between now and a request's time to play. */
function classOf({ deadlineMs }: UploadRequest, nowMs: number): number {
  let number = 0;
  for (const ms of CLASSES_MS) if (deadlineMs - nowMs >= ms) number++;
  return number;
}

function goesBefore(
  a: UploadRequest,
  b: UploadRequest,
  nowMs: number,
): boolean {
  const [classA, classB] = [classOf(a, nowMs), classOf(b, nowMs)];
  if (classA !== classB) return classA < classB;
  if (a.content.bulk && b.content === a.content) {
    const has = ({ link, content }: UploadRequest) =>
      content.holders.count(link);
    if (has(a) !== has(b)) return has(a) < has(b);
  }
  const holders = (request: UploadRequest) =>
    request.content.availability[request.from] as number;
  return holders(a) === holders(b)
    ? a.deadlineMs < b.deadlineMs
    : holders(a) < holders(b);
}
