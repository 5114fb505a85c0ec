/**
 * Who owes us which chunk: the only place that makes and ends requests to peers,
 * so that a leaf is never owed by two and a link's figures always add up.
 * Fetches enter their own chunks in `content.requests` (`origin.ts`), under the
 * negative of the fetch's number; this file leaves those alone.
 *
 * @module
 */
import { chunkOf } from "../hashtree/geometry.ts";
import type { ChunkRequest, Content } from "./content.ts";
import type { Link } from "./link.ts";
import type { LinkTable } from "./link_table.ts";
import type { PeerMessage } from "./messages.ts";
import type { PeerChoice } from "./peer_plan.ts";

/** A request may take this many times what the link's rate promises … */
const PATIENCE = 4;

/** … and this long at least: three round trips over a bad mobile link. */
const PATIENCE_MIN_MS = 1_500;

/** Longest deadline told to a peer: a day. */
const DEADLINE_MAX_MS = 86_400_000;

/** Requests to peers. */
export class RequestLedger {
  /**
   * @param links the engine's table of links
   * @param send puts a message on a link
   */
  constructor(
    readonly links: LinkTable,
    readonly send: (link: Link, message: PeerMessage) => void,
  ) {}

  /** Asks a link for a run. */
  ask({ link, content, run }: PeerChoice, nowMs: number): void {
    const { from, until, deadlineMs } = run;
    const bytes = content.bytesOf(from, until);
    const patienceMs = PATIENCE * 1000 * link.waitSeconds(bytes);
    content.requests.set(chunkOf(from, content.chunkLeaves).from, {
      from,
      until,
      link: link.id,
      askedMs: nowMs,
      dueMs: nowMs + Math.max(PATIENCE_MIN_MS, patienceMs),
    });
    link.outstanding++;
    link.outstandingBytes += bytes;
    const slackMs = Math.round(Math.min(deadlineMs - nowMs, DEADLINE_MAX_MS));
    this.send(link, {
      type: "request",
      channel: link.channels.get(content)!,
      from,
      count: until - from,
      deadlineMs: Math.max(0, slackMs),
    });
  }

  /** What this link owes for the chunk of `leaf`, if it is this link that owes it. */
  owed(
    link: Link,
    content: Content,
    leaf: number,
  ): ChunkRequest | undefined {
    const chunk = chunkOf(leaf, content.chunkLeaves).from;
    const request = content.requests.get(chunk);
    return request?.link === link.id ? request : undefined;
  }

  /** A request was answered in full. */
  settle(
    link: Link,
    content: Content,
    request: ChunkRequest,
    nowMs: number,
  ): void {
    this.#end(link, content, request);
    const bytes = content.bytesOf(request.from, request.until);
    link.delivered(bytes, request.askedMs, nowMs);
  }

  /** A link will not answer: it gets one request at a time until it delivers. */
  refused(link: Link, content: Content, request: ChunkRequest): void {
    this.#end(link, content, request);
    link.snubbed = true;
  }

  /** Takes back what has run out. */
  expire(content: Content, nowMs: number): void {
    for (const request of [...content.requests.values()]) {
      if (request.dueMs > nowMs) continue;
      const link = this.links.byNumber.get(request.link);
      if (link === undefined) continue;
      this.#cancel(link, content, request);
      link.snubbed = true;
    }
  }

  /** A chunk is held: a link that still owes it is told to keep it. */
  free(content: Content, chunk: number): void {
    const request = content.requests.get(chunk);
    if (request === undefined) return;
    const link = this.links.byNumber.get(request.link);
    if (link === undefined) content.requests.delete(chunk);
    else this.#cancel(link, content, request);
  }

  /** Takes back everything a link owes for a content, without a word. */
  drop(link: Link, content: Content): void {
    for (const request of [...content.requests.values()]) {
      if (request.link === link.id) this.#end(link, content, request);
    }
  }

  #cancel(link: Link, content: Content, request: ChunkRequest): void {
    this.#end(link, content, request);
    const channel = link.channels.get(content);
    if (channel === undefined) return;
    const { from, until } = request;
    this.send(link, { type: "cancel", channel, from, count: until - from });
  }

  #end(link: Link, content: Content, request: ChunkRequest): void {
    content.requests.delete(chunkOf(request.from, content.chunkLeaves).from);
    link.outstanding--;
    link.outstandingBytes -= content.bytesOf(request.from, request.until);
  }
}
