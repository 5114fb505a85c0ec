/**
 * Telling peers what we hold: at once what plays soon, gathered over two seconds
 * what plays later, and never to a peer that holds it already. In a full mesh
 * unthinking announcements cost more than an audio stream (facts, swarm 8).
 *
 * @module
 */
import { HAVE_RANGES_MAX } from "../limits.ts";
import type { Content } from "./content.ts";
import type { LeafRange } from "./leaf_set.ts";
import { LeafSet } from "./leaf_set.ts";
import type { Link } from "./link.ts";
import type { LinkTable } from "./link_table.ts";
import type { PeerMessage } from "./messages.ts";
import type { Uploads } from "./uploads.ts";

/** What plays within this is told at once. */
const NEAR_MS = 30_000;

/** How long the rest may wait. */
const FAR_DELAY_MS = 2_000;

interface Pending {
  link: Link;
  content: Content;
  leaves: LeafSet;
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
  readonly #pending: Pending[] = [];

  /** @param host the engine's side of it */
  constructor(host: HavesHost) {
    this.#host = host;
  }

  /** Leaves are held now: every link that opened the content is to hear of them. */
  add(content: Content, range: LeafRange, nowMs: number): void {
    if (!this.#host.share || content.hashes === undefined) return;
    const farMs = content.deadlineMs(range.from) - nowMs;
    const dueMs = farMs < NEAR_MS ? nowMs : nowMs + FAR_DELAY_MS;
    for (const link of this.#host.links.all()) {
      if (link.mutual(content)) this.#queue(link, content, range, dueMs);
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
    for (let i = this.#pending.length - 1; i >= 0; i--) {
      const pending = this.#pending[i]!;
      if (pending.dueMs > nowMs) continue;
      this.#pending.splice(i, 1);
      this.#sendAll(pending);
    }
  }

  /** When {@linkcode flush} has something to send; Infinity if nothing waits. */
  nextMs(): number {
    let next = Infinity;
    for (const { dueMs } of this.#pending) next = Math.min(next, dueMs);
    return next;
  }

  /** Forgets what was meant for a link, or about a content. */
  drop(gone: Link | Content): void {
    for (let i = this.#pending.length - 1; i >= 0; i--) {
      const { link, content } = this.#pending[i]!;
      if (link === gone || content === gone) this.#pending.splice(i, 1);
    }
  }

  #queue(
    link: Link,
    content: Content,
    range: LeafRange,
    dueMs: number,
  ): void {
    if (link.holds(content)?.hasAll(range.from, range.until)) return;
    let pending = this.#pending.find((p) =>
      p.link === link && p.content === content
    );
    if (pending === undefined) {
      pending = { link, content, leaves: new LeafSet(content.leaves), dueMs };
      this.#pending.push(pending);
    }
    pending.leaves.add(range.from, range.until);
    pending.dueMs = Math.min(pending.dueMs, dueMs);
  }

  #sendAll({ link, content, leaves }: Pending): void {
    const channel = link.channels.get(content);
    if (channel === undefined) return;
    const queueBytes = this.#host.uploads.queueBytes(this.#host.links.all());
    const ranges = [...leaves.ranges()];
    for (let at = 0; at < ranges.length; at += HAVE_RANGES_MAX) {
      const part = ranges.slice(at, at + HAVE_RANGES_MAX);
      this.#host.send(link, {
        type: "have",
        channel,
        queueBytes,
        ranges: part,
      });
    }
  }
}
