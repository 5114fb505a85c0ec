/**
 * Gives leases out and takes them back. Where the gateway has the bytes itself,
 * every lease points to its copy, so that the origin is asked once; else to the
 * member's own origin, no faster than that origin gives. Either way a chunk
 * leaves its source about once, and the peers trade the rest.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { LEAF_BYTES } from "../hashtree/mod.ts";
import type { KeptFiles } from "./kept_files.ts";
import type { LeaseBook } from "./lease_book.ts";
import { copyUrl, type Member } from "./member.ts";
import type { Lease } from "./messages.ts";
import { Pace } from "./pace.ts";

/** How long a client waits when nothing is free: about a fetch. */
const RETRY_MS = 300;

/** The same while more is about to arrive at the source. */
const RETRY_ARRIVING_MS = 100;

/** Origins whose pace is remembered. */
const ORIGINS_MAX = 1024;

/** The weight of the newest fetch in a client's speed. */
const SPEED_WEIGHT = 0.3;

/** Chunks looked at for a lease that count as another message: about 50 µs of work. */
const CHUNKS_PER_MESSAGE = 512;

/** Leaves and chunks asked for. */
export interface LeaseRange {
  from: number;
  until: number;
  chunks: number;
  /** Leaves before this one play within seconds. */
  pressing?: number | undefined;
}

/** The desk of one gateway. */
export class LeaseDesk {
  readonly #paces = new Map<string, Pace>();

  /**
   * Opens it.
   *
   * @param files tells which contents the gateway has itself
   * @param clock for how long leases last
   */
  constructor(readonly files: KeptFiles, readonly clock: Clock) {}

  /** Leases for a member; none where nothing is free. */
  grant(member: Member, range: LeaseRange): Lease[] {
    const { client, content } = member;
    const nowMs = this.clock.monotonic();
    const copy = copyUrl(client.base, content, this.files);
    const source = copy ?? member.url;
    const pace = copy === undefined ? this.#pace(member.url) : undefined;
    this.#forgetOver(member, nowMs);
    const book = this.#book(member);
    const granted = book.grant(
      { client: client.number, ...range },
      {
        nowMs,
        available: content.available,
        budgetBytes: pace?.budget(nowMs) ?? Infinity,
        bytesPerMs: client.bytesPerMs,
      },
    );
    client.charge(Math.floor(book.looked / CHUNKS_PER_MESSAGE));
    return granted.map(({ from, count, ttlMs }) => {
      const bytes = count * LEAF_BYTES;
      const untilMs = nowMs + ttlMs;
      pace?.granted(bytes, untilMs);
      const atOrigin = pace !== undefined;
      member.leases.set(from, { bytes, untilMs, atOrigin });
      return { from, count, source, ttlMs };
    });
  }

  /** How long a member should wait that got nothing. */
  retryMs({ content }: Member): number {
    return content.provisional ? RETRY_ARRIVING_MS : RETRY_MS;
  }

  /** A member reports the end of a lease; ignored if it has no such lease. */
  done(
    member: Member,
    report: { from: number; count: number; ok: boolean; ms: number },
  ): void {
    const { client } = member;
    const { from, count, ok, ms } = report;
    const run = this.#book(member).done(client.number, from, count, ok);
    if (run === undefined) return;
    const lease = member.leases.get(run.from);
    member.leases.delete(run.from);
    if (ok && ms > 0) {
      const speed = count * LEAF_BYTES / ms;
      client.bytesPerMs += SPEED_WEIGHT * (speed - client.bytesPerMs);
    }
    if (lease?.atOrigin !== true) return;
    const pace = this.#pace(member.url);
    if (ok) pace.fetched(lease.bytes, ms, this.clock.monotonic());
    else pace.returned(lease.bytes);
  }

  /** A member is gone: its leases are free. */
  leave(member: Member): void {
    this.#book(member).leave(member.client.number);
    for (const { bytes, atOrigin } of member.leases.values()) {
      if (atOrigin) this.#pace(member.url).returned(bytes);
    }
    member.leases.clear();
  }

  #book({ content, chunk }: Member): LeaseBook {
    return content.book(chunk);
  }

  #forgetOver(member: Member, nowMs: number): void {
    for (const [from, { untilMs }] of member.leases) {
      // The book gives an over-due chunk to another; its report may still come.
      if (untilMs + RETRY_MS < nowMs) member.leases.delete(from);
    }
  }

  /** The pace of an origin; the one asked longest ago is forgotten past the limit. */
  #pace(url: string): Pace {
    const { origin } = new URL(url);
    const pace = this.#paces.get(origin) ?? new Pace();
    this.#paces.delete(origin);
    this.#paces.set(origin, pace);
    for (const oldest of this.#paces.keys()) {
      if (this.#paces.size <= ORIGINS_MAX) break;
      this.#paces.delete(oldest);
    }
    return pace;
  }
}
