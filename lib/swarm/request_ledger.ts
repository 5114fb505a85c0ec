/**
 * Who owes us which chunk: the only place that makes and ends requests to peers,
 * so that a leaf is never owed by two and a link's figures always add up.
 * Fetches enter their own chunks in `content.requests` (`origin.ts`), under the
 * negative of the fetch's number; this file only strikes them out when the chunk
 * is here.
 *
 * @module
 */
import { chunkOf } from "../hashtree/geometry.ts";
import type { ChunkRequest, Content } from "./content.ts";
import type { Link } from "./link.ts";
import type { LinkTable } from "./link_table.ts";
import type { PeerMessage } from "./messages.ts";
import {
  type PeerChoice,
  planPeerRequests,
  shortestWaitMs,
} from "./peer_plan.ts";
import { planSteals, type Steal } from "./steal_plan.ts";
import { isUrgent, secondsToSend } from "./zones.ts";

/** A request may take this many times what the link's rate promises … */
const PATIENCE = 4;

/** … but leaves this of the time to play for another try. */
const RETRY_MS = 1_000;

/**
 * However late it is, it may take twice what is promised, within bounds: three
 * round trips over a bad mobile link, after which a peer is slow, and what is just
 * heard as a gap. With less, what was on its way came a second time, and peers
 * were busy with it (`docs/decisions/uploads.md`).
 */
const LATE_PATIENCE = 2;
const PATIENCE_MIN_MS = 1_500;
const LATE_PATIENCE_MS_MAX = 2_500;

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

  /** Moves late requests and makes new ones, as the plans say. */
  plan(content: Content, nowMs: number, random: () => number): void {
    if (content.hashes === undefined) return;
    const links = this.links.all().filter((link) => content.holders.has(link));
    content.waitMs = shortestWaitMs(content, links, nowMs);
    planSteals(content, links, nowMs, (steal) => {
      this.move(content, steal, nowMs);
    });
    planPeerRequests(content, links, nowMs, random, (choice) => {
      this.ask(choice, nowMs);
    });
  }

  /** Asks a link for a run; does nothing if the chunk is asked for already. */
  ask({ link, content, run }: PeerChoice, nowMs: number): void {
    const { from, until, deadlineMs } = run;
    const chunk = chunkOf(from, content.chunkLeaves).from;
    const channel = link.channel(content);
    if (channel === undefined || content.requests.has(chunk)) return;
    const bytes = content.bytesOf(from, until);
    const slackMs = Math.max(0, deadlineMs - nowMs);
    const urgent = isUrgent(deadlineMs, nowMs);
    content.requests.set(chunk, {
      from,
      until,
      link: link.id,
      askedMs: nowMs,
      dueMs: nowMs + patienceMs(
        link.waitSeconds(bytes, urgent, nowMs),
        slackMs,
      ),
      urgent,
    });
    link.flow(urgent).asked(bytes);
    this.send(link, {
      type: "request",
      channel,
      from,
      count: until - from,
      deadlineMs: Math.round(Math.min(slackMs, DEADLINE_MAX_MS)),
    });
  }

  /** Moves a request that is late to another link; the first is thought slower of. */
  move(content: Content, { request, from, to }: Steal, nowMs: number): void {
    const bytes = content.bytesOf(request.from, request.until);
    from.flow(request.urgent).late(bytes, request.askedMs, nowMs);
    this.#cancel(from, content, request);
    const deadlineMs = content.deadlineMs(request.from, request.until);
    const run = { from: request.from, until: request.until, deadlineMs };
    this.ask({ link: to, content, run }, nowMs);
  }

  /** Leaves of a chunk are held now, brought by `by` if that is a link: a request that has all it asked for ends. */
  settle(content: Content, chunk: number, nowMs: number, by?: Link): void {
    const request = content.requests.get(chunk);
    if (request === undefined) return;
    if (!content.held.hasAll(request.from, request.until)) return;
    const link = this.links.get(request.link);
    if (link === undefined) content.requests.delete(chunk);
    else if (link !== by) this.#cancel(link, content, request);
    else {
      this.#end(link, content, request);
      const bytes = content.bytesOf(request.from, request.until);
      link.flow(request.urgent).delivered(bytes, request.askedMs, nowMs);
      link.delivered(nowMs);
    }
  }

  /** A link will not send the chunk of `leaf`: if it owes it, it is left alone for a while. */
  refused(link: Link, content: Content, leaf: number, nowMs: number): void {
    const chunk = chunkOf(leaf, content.chunkLeaves).from;
    const request = content.requests.get(chunk);
    if (request?.link !== link.id) return;
    this.#end(link, content, request);
    link.refused(nowMs);
  }

  /** Takes back what has run out, and what is left for the origin. */
  expire(content: Content, nowMs: number): void {
    for (const request of content.requests.values()) {
      if (request.dueMs > nowMs && !isLast(content, request, nowMs)) continue;
      const link = this.links.get(request.link);
      if (link === undefined) continue;
      this.#cancel(link, content, request);
      if (nowMs - request.askedMs < PATIENCE_MIN_MS) continue;
      link.snub({ content, from: request.from }, nowMs);
    }
  }

  /** The same for contents that nobody plans any more: a reader went elsewhere. */
  expireUnwanted(contents: Iterable<Content>, nowMs: number): void {
    for (const content of contents) {
      if (!content.wanting) this.expire(content, nowMs);
    }
  }

  /** Takes back everything a link owes for a content, without a word. */
  drop(link: Link, content: Content): void {
    for (const request of content.requests.values()) {
      if (request.link === link.id) this.#end(link, content, request);
    }
  }

  #cancel(link: Link, content: Content, request: ChunkRequest): void {
    this.#end(link, content, request);
    const channel = link.channel(content);
    if (channel === undefined) return;
    const { from, until } = request;
    this.send(link, { type: "cancel", channel, from, count: until - from });
  }

  #end(link: Link, content: Content, request: ChunkRequest): void {
    content.requests.delete(chunkOf(request.from, content.chunkLeaves).from);
    const bytes = content.bytesOf(request.from, request.until);
    link.flow(request.urgent).ended(bytes);
  }
}

/** Whether a request that was made in good time has come to the time that no peer has. */
function isLast(
  content: Content,
  { from, until, askedMs }: ChunkRequest,
  nowMs: number,
): boolean {
  const deadlineMs = content.deadlineMs(from, until);
  return deadlineMs > nowMs && nowMs - askedMs > RETRY_MS / 2 &&
    secondsToSend(content, deadlineMs, nowMs) === 0;
}

/**
 * How long a request may take: what the rate promises, but a second of the time
 * to play is left for another try.
 */
function patienceMs(
  waitSeconds: number,
  slackMs: number,
): number {
  const promisedMs = 1000 * waitSeconds;
  const lateMs = Math.min(LATE_PATIENCE * promisedMs, LATE_PATIENCE_MS_MAX);
  const leastMs = Math.max(PATIENCE_MIN_MS, lateMs);
  return Math.max(leastMs, Math.min(PATIENCE * promisedMs, slackMs - RETRY_MS));
}
