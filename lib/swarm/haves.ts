/**
 * Telling peers what we hold: at once what plays soon, before long what nobody
 * else holds, gathered over two seconds what others hold too, and never to a peer
 * that holds it already. In a full mesh unthinking announcements cost more than
 * an audio stream (facts, swarm 8).
 *
 * @module
 */
import { HAVE_RANGES_MAX } from "../limits.ts";
import type { Content } from "./content.ts";
import type { LeafRange } from "./leaf_set.ts";
import type { Link } from "./link.ts";
import type { LinkTable } from "./link_table.ts";
import type { PeerMessage } from "./messages.ts";
import type { Uploads } from "./uploads.ts";
import { NEAR_MS } from "./zones.ts";

/** How long something that nobody else holds may wait: neighbouring leaves come together. */
const FIRST_DELAY_MS = 200;

/** How long the rest may wait. */
const FAR_DELAY_MS = 2_000;

interface Pending {
  ranges: LeafRange[];
  dueMs: number;
}

/** What announcing works with. */
export interface HavesHost {
  /** False: nothing is ever announced. */
  readonly share: boolean;
  readonly links: LinkTable;
  readonly uploads: Uploads;
  send(link: Link, message: PeerMessage): void;
}

/** Announcements made and not yet sent. */
export class Haves {
  readonly #host: HavesHost;
  readonly #pending = new Map<Link, Map<Content, Pending>>();
  #nextMs = Infinity;

  /** @param host the engine's side of it */
  constructor(host: HavesHost) {
    this.#host = host;
  }

  /** Leaves are held now: every link that opened the content is to hear of them. */
  add(content: Content, range: LeafRange, nowMs: number): void {
    if (!this.#host.share || content.hashes === undefined) return;
    const slackMs = content.deadlineMs(range.from, range.until) - nowMs;
    const soon = content.bulk || slackMs < NEAR_MS;
    // Nobody else is known to have it: others may be about to ask the origin.
    const first = content.availability[range.from] === 0;
    const dueMs = soon
      ? nowMs
      : nowMs + (first ? FIRST_DELAY_MS : FAR_DELAY_MS);
    for (const link of this.#host.links.all()) {
      if (link.shares(content)) this.#queue(link, content, range, dueMs);
    }
  }

  /** A link has opened the content: it is to hear of all we hold. */
  addAll(link: Link, content: Content, nowMs: number): void {
    if (!this.#host.share) return;
    for (const range of content.held.ranges()) {
      this.#queue(link, content, range, nowMs);
    }
  }

  /** Sends what is due. */
  flush(nowMs: number): void {
    if (this.#nextMs > nowMs) return;
    this.#nextMs = Infinity;
    for (const [link, contents] of this.#pending) {
      for (const [content, { ranges, dueMs }] of contents) {
        if (dueMs > nowMs) this.#nextMs = Math.min(this.#nextMs, dueMs);
        else {
          contents.delete(content);
          this.#send(link, content, ranges, nowMs);
        }
      }
    }
  }

  /** When {@linkcode flush} may have something to send; Infinity if nothing waits. */
  nextMs(): number {
    return this.#nextMs;
  }

  /** Forgets what was meant for a link. */
  dropLink(link: Link): void {
    this.#pending.delete(link);
  }

  /** Forgets what was meant about a content. */
  dropContent(content: Content): void {
    for (const contents of this.#pending.values()) contents.delete(content);
  }

  #queue(
    link: Link,
    content: Content,
    range: LeafRange,
    dueMs: number,
  ): void {
    // A guest is here to be told of others.
    if (link.guest) return;
    if (link.holds(content)?.hasAll(range.from, range.until)) return;
    let contents = this.#pending.get(link);
    if (contents === undefined) {
      this.#pending.set(link, contents = new Map());
    }
    const pending = contents.get(content);
    if (pending === undefined) {
      contents.set(content, { ranges: [range], dueMs });
    } else {
      pending.ranges.push(range);
      pending.dueMs = Math.min(pending.dueMs, dueMs);
    }
    this.#nextMs = Math.min(this.#nextMs, dueMs);
  }

  #send(
    link: Link,
    content: Content,
    queued: LeafRange[],
    nowMs: number,
  ): void {
    const channel = link.channel(content);
    if (channel === undefined) return;
    const theirs = link.holds(content);
    const ranges = merge(queued).filter((range) =>
      theirs?.hasAll(range.from, range.until) !== true
    );
    const queueBytes = this.#host.uploads.queueBytes(nowMs);
    for (let at = 0; at < ranges.length; at += HAVE_RANGES_MAX) {
      this.#host.send(link, {
        type: "have",
        channel,
        queueBytes,
        ranges: ranges.slice(at, at + HAVE_RANGES_MAX),
      });
    }
  }
}

/** The same leaves as ascending ranges that do not touch. */
function merge(queued: LeafRange[]): LeafRange[] {
  const merged: LeafRange[] = [];
  for (const { from, until } of queued.sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.until) {
      last.until = Math.max(last.until, until);
    } else merged.push({ from, until });
  }
  return merged;
}
