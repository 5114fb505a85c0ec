/**
 * Telling peers what we hold: at once what plays soon (gathered a little where
 * uplinks are scarce), before long what nobody else holds, gathered over two seconds what others hold too, and never to a peer
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

/** Where uplinks are scarce what plays soon waits in queues of seconds, and each word about it costs some: so long is gathered. */
const SCARCE_DELAY_MS = 200;

/** How long something that nobody else holds may wait: neighbouring leaves come together. */
const FIRST_DELAY_MS = 200;

/** How long the rest may wait. */
const FAR_DELAY_MS = 2_000;

/** Something held, and who is to hear of it by when. */
interface Pending {
  readonly content: Content;
  readonly ranges: readonly LeafRange[];
  readonly dueMs: number;
  to: Link[];
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
  #pending: Pending[] = [];
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
    const soonMs = content.scarce ? SCARCE_DELAY_MS : 0;
    const dueMs = nowMs +
      (soon ? soonMs : first ? FIRST_DELAY_MS : FAR_DELAY_MS);
    const to = this.#host.links.all().filter((link) =>
      link.shares(content) && isNews(link, content, range)
    );
    this.#queue({ content, ranges: [range], dueMs, to });
  }

  /** A link has opened the content: it is to hear of all we hold. */
  addAll(link: Link, content: Content): void {
    if (!this.#host.share) return;
    const ranges = [...content.held.ranges()]
      .filter((range) => isNews(link, content, range));
    if (ranges.length === 0) return;
    this.#queue({ content, ranges, dueMs: -Infinity, to: [link] });
  }

  /** Sends what is due. */
  flush(nowMs: number): void {
    if (this.#nextMs > nowMs) return;
    const due = this.#pending.filter(({ dueMs }) => dueMs <= nowMs);
    const queueBytes = this.#host.uploads.queueBytes(nowMs);
    for (const content of new Set(due.map(({ content }) => content))) {
      const told = new Set<Link>();
      for (const pending of due) {
        if (pending.content !== content) continue;
        for (const link of pending.to) told.add(link);
      }
      const waiting = this.#pending.filter((p) => p.content === content);
      for (const link of told) this.#send(link, content, waiting, queueBytes);
      for (const pending of waiting) {
        pending.to = pending.to.filter((link) => !told.has(link));
      }
    }
    this.#pending = this.#pending.filter(({ to }) => to.length > 0);
    this.#nextMs = Infinity;
    for (const { dueMs } of this.#pending) {
      this.#nextMs = Math.min(this.#nextMs, dueMs);
    }
  }

  /** When {@linkcode flush} may have something to send; Infinity if nothing waits. */
  nextMs(): number {
    return this.#nextMs;
  }

  /** Forgets what was meant for a link. */
  dropLink(link: Link): void {
    for (const pending of this.#pending) {
      pending.to = pending.to.filter((other) => other !== link);
    }
  }

  /** Forgets what was meant about a content. */
  dropContent(content: Content): void {
    this.#pending = this.#pending.filter((p) => p.content !== content);
  }

  #queue(pending: Pending): void {
    if (pending.to.length === 0) return;
    this.#pending.push(pending);
    this.#nextMs = Math.min(this.#nextMs, pending.dueMs);
  }

  /** Tells a link all that waits for it, be it due or not. */
  #send(
    link: Link,
    content: Content,
    waiting: readonly Pending[],
    queueBytes: number,
  ): void {
    const channel = link.channel(content);
    if (channel === undefined) return;
    const mine = waiting.filter(({ to }) => to.includes(link));
    const ranges = merge(mine.flatMap(({ ranges }) => ranges))
      .filter(({ from, until }) => !link.holdsAll(content, from, until));
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

/** Whether a link may not know that we hold this. A guest is here to be told of others. */
function isNews(
  link: Link,
  content: Content,
  { from, until }: LeafRange,
): boolean {
  return !link.guest && !link.holdsAll(content, from, until);
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
