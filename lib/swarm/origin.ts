/**
 * When to ask the origin, and for what. The origin is never open to everyone:
 * everyone plays the same second, so one wrong signal is multiplied by the
 * number of listeners. A chunk that no peer can give is fetched
 *
 * - by **lease**: the gateway says who; asked for about 15 s ahead of play;
 * - by **rank**, where no gateway answers: the first of the members in an order
 *   all of them compute alike, each later one only after a wait;
 * - at last by rank too where a gateway answers but its lease does not come in
 *   time: a lease is no veto.
 *
 * A lone listener stays 15 s ahead, so that leaving wastes little of the
 * origin's traffic. Among others what is fetched serves all, and the lead grows
 * with time. This file owns fetches and leases; it never looks at a peer's data.
 *
 * @module
 */
import { ORIGIN_CONNECTIONS_MAX } from "../limits.ts";
import { chunkOf } from "../hashtree/geometry.ts";
import type { Action } from "./actions.ts";
import type { Content, NeededRun } from "./content.ts";
import { type Fetch, newFetch } from "./fetches.ts";
import { rankOf } from "./rank.ts";

/** How far ahead of play the origin is asked; Spotify's figure (facts, swarm 1.3). */
export const ORIGIN_LEAD_MS = 15_000;

/** Among others the lead grows this many seconds a second. */
const PREFETCH_SPEEDUP = 8;

/** A chunk that plays within this is leased several at a time. */
const URGENT_LEASE_MS = 3_000;

/** Chunks in one lease: urgent audio, urgent video, and everything else. */
const URGENT_CHUNKS_AUDIO = 4;
const URGENT_CHUNKS_VIDEO = 40;
const CALM_CHUNKS = 4;
const BULK_CHUNKS = 16;

/** An unanswered lease request counts as lost after this. */
const LEASE_ANSWER_MS = 1_000;

/** How long a gateway that is still being dialled is waited for. */
const GATEWAY_GRACE_MS = 1_000;

/** With a gateway, rank takes over when a chunk plays within this … */
const RANK_SLACK_MS = 3_000;

/** … and has been wanted for this long. */
const RANK_PATIENCE_MS = 1_500;

/** Each rank waits this long for the one before it. */
const RANK_STEP_MS = 500;

/** First wait after a failed fetch; doubled each time, up to 30 s. */
const RETRY_MS = 1_000;
const RETRY_MAX_MS = 30_000;

/** Chunks looked at in one pass. */
const CHUNKS_SEEN_MAX = 256;

/** Leaves in one fetch without a lease: 4 MiB. */
const DIRECT_LEAVES_MAX = 256;

/** What a pass works with. */
export interface OriginView {
  readonly nowMs: number;
  /** Ids of all peers we know of. */
  readonly members: readonly string[];
  readonly selfId: string;
  /** Whether a peer that delivers holds the run. */
  obtainable(content: Content, run: NeededRun): boolean;
  act(action: Action): void;
}

interface Rights {
  askedMs: number;
  /** The gateway said to wait. */
  leaseNotBeforeMs: number;
  /** The last fetch failed. */
  fetchNotBeforeMs: number;
  retryMs: number;
  /** Leases that wait for a free connection. */
  leases: { from: number; until: number; source: string }[];
}

/** Leases asked and held, fetches under way, for all contents. */
export class Origin {
  readonly fetches = new Map<number, Fetch>();
  readonly #rights = new Map<Content, Rights>();
  #nextId = 1;

  /** One pass over a content. */
  plan(content: Content, view: OriginView): void {
    const rights = this.#rightsOf(content);
    this.#startLeased(content, rights, view);
    if (view.nowMs < rights.fetchNotBeforeMs) return;
    if (this.#readsThrough(content)) return;
    const run = this.#firstNeed(content, view);
    if (run === undefined) return;
    if (content.gateway === "ready" && mayAsk(rights, view.nowMs)) {
      this.#askLease(content, rights, run, view);
    }
    if (!this.#connectionFree) return;
    const own = this.#ownRun(content, view);
    if (own !== undefined) this.#start(content, own, content.url, false, view);
  }

  /** The gateway granted a run. */
  handleLease(
    content: Content,
    lease: { from: number; until: number; source: string },
  ): void {
    const rights = this.#rightsOf(content);
    rights.askedMs = -Infinity;
    rights.leases.push(lease);
  }

  /** The gateway has nothing to give for now. */
  handleWait(content: Content, untilMs: number): void {
    const rights = this.#rightsOf(content);
    rights.askedMs = -Infinity;
    rights.leaseNotBeforeMs = untilMs;
  }

  /** A fetch has ended or is given up: its leaves are free, the gateway is told. */
  end(
    fetch: Fetch,
    ok: boolean,
    nowMs: number,
    act: (action: Action) => void,
  ): void {
    if (!this.fetches.delete(fetch.id)) return;
    const { content } = fetch;
    for (const [chunk, request] of content.requests) {
      if (request.link === -fetch.id) content.requests.delete(chunk);
    }
    const rights = this.#rightsOf(content);
    if (ok) rights.retryMs = RETRY_MS;
    else {
      rights.fetchNotBeforeMs = nowMs + rights.retryMs;
      rights.retryMs = Math.min(2 * rights.retryMs, RETRY_MAX_MS);
    }
    if (fetch.leased) {
      const { from, until, startedMs } = fetch;
      const ms = nowMs - startedMs;
      act({ type: "done", content, from, until, ok, ms });
    }
  }

  /** A content is closed: its fetches stop. */
  drop(
    content: Content,
    nowMs: number,
    act: (action: Action) => void,
  ): void {
    for (const fetch of [...this.fetches.values()]) {
      if (fetch.content !== content) continue;
      act({ type: "abort", fetch: fetch.id });
      this.end(fetch, false, nowMs, act);
    }
    this.#rights.delete(content);
  }

  get #connectionFree(): boolean {
    return this.fetches.size < ORIGIN_CONNECTIONS_MAX;
  }

  #rightsOf(content: Content): Rights {
    let rights = this.#rights.get(content);
    if (rights === undefined) {
      rights = {
        askedMs: -Infinity,
        leaseNotBeforeMs: -Infinity,
        fetchNotBeforeMs: -Infinity,
        retryMs: RETRY_MS,
        leases: [],
      };
      this.#rights.set(content, rights);
    }
    return rights;
  }

  /** An origin without Range is read from end to end, once. */
  #readsThrough(content: Content): boolean {
    if (!content.rangeless) return false;
    for (const fetch of this.fetches.values()) {
      if (fetch.content === content && fetch.source === content.url) {
        return true;
      }
    }
    return false;
  }

  #startLeased(content: Content, rights: Rights, view: OriginView): void {
    while (rights.leases.length > 0 && this.#connectionFree) {
      const { from, until, source } = rights.leases.shift()!;
      const start = content.held.nextClear(from);
      if (start >= until) {
        view.act({ type: "done", content, from, until, ok: true, ms: 0 });
      } else {
        this.#start(content, { from: start, until }, source, true, view);
      }
    }
  }

  #askLease(
    content: Content,
    rights: Rights,
    run: NeededRun,
    view: OriginView,
  ): void {
    rights.askedMs = view.nowMs;
    const slackMs = run.deadlineMs - view.nowMs;
    view.act({
      type: "lease",
      content,
      from: run.from,
      until: this.#horizonLeaf(content, run, view),
      chunks: leaseChunks(content, slackMs),
    });
  }

  /** The first run within the lead that no peer can give. */
  #firstNeed(content: Content, view: OriginView): NeededRun | undefined {
    const horizonMs = leadEndMs(content, view);
    let seen = 0;
    for (const run of content.needed()) {
      if (++seen > CHUNKS_SEEN_MAX) return undefined;
      if (run.deadlineMs > horizonMs) return undefined;
      if (!content.judges(run.from, run.until)) continue;
      if (!view.obtainable(content, run)) return run;
    }
    return undefined;
  }

  #horizonLeaf(content: Content, run: NeededRun, view: OriginView): number {
    const horizonMs = leadEndMs(content, view);
    const head = content.playhead;
    if (content.bulk || head === undefined) return content.leaves;
    const bytes = (horizonMs - head.atMs) / 1000 * head.bytesPerSecond +
      head.offset;
    const chunks = Math.ceil(bytes / 16384 / content.chunkLeaves);
    const until = Math.min(chunks * content.chunkLeaves, content.leaves);
    return Math.max(until, run.until);
  }

  /** What is ours to fetch without a lease: neighbouring chunks as one run. */
  #ownRun(
    content: Content,
    view: OriginView,
  ): { from: number; until: number } | undefined {
    let own: { from: number; until: number } | undefined;
    let seen = 0;
    for (const run of content.needed()) {
      const reach = own === undefined ? 0 : ORIGIN_LEAD_MS / 3;
      if (++seen > CHUNKS_SEEN_MAX) break;
      if (run.deadlineMs > leadEndMs(content, view) + reach) break;
      const mine = content.judges(run.from, run.until) &&
        !view.obtainable(content, run) && isOurs(content, run, view);
      if (own === undefined) {
        if (mine) own = { from: run.from, until: run.until };
      } else if (
        mine && run.from === own.until &&
        run.until - own.from <= DIRECT_LEAVES_MAX
      ) own.until = run.until;
      else break;
    }
    return own;
  }

  #start(
    content: Content,
    run: { from: number; until: number },
    source: string,
    leased: boolean,
    view: OriginView,
  ): void {
    const id = this.#nextId++;
    const { from, until } = run;
    const startedMs = view.nowMs;
    const fetch = newFetch({
      id,
      content,
      source,
      from,
      until,
      leased,
      startedMs,
    });
    this.fetches.set(id, fetch);
    for (let leaf = from; leaf < until;) {
      const chunk = chunkOf(leaf, content.chunkLeaves);
      const end = Math.min(chunk.from + chunk.count, until);
      if (!content.requests.has(chunk.from)) {
        content.requests.set(chunk.from, {
          from: leaf,
          until: end,
          link: -id,
          askedMs: startedMs,
          dueMs: Infinity,
        });
      }
      leaf = end;
    }
    view.act({ type: "fetch", fetch: id, content, source, from, until });
  }
}

/** Whether the gateway may be asked: not while it owes an answer or said to wait. */
function mayAsk(rights: Rights, nowMs: number): boolean {
  return nowMs - rights.askedMs >= LEASE_ANSWER_MS &&
    nowMs >= rights.leaseNotBeforeMs && rights.leases.length === 0;
}

/** Until when the origin may be asked: 15 s ahead, and more with time among others. */
function leadEndMs(content: Content, view: OriginView): number {
  if (content.bulk) return Infinity;
  const others = content.othersKnown || view.members.length > 0;
  const grown = others && content.hashes !== undefined
    ? PREFETCH_SPEEDUP * (view.nowMs - content.openedMs)
    : 0;
  return view.nowMs + ORIGIN_LEAD_MS + grown;
}

function leaseChunks(content: Content, slackMs: number): number {
  if (content.bulk) return BULK_CHUNKS;
  if (slackMs > URGENT_LEASE_MS) return CALM_CHUNKS;
  return content.chunkLeaves === 1 ? URGENT_CHUNKS_AUDIO : URGENT_CHUNKS_VIDEO;
}

/** Whether rank, and the time it has waited, make a chunk ours. */
function isOurs(content: Content, run: NeededRun, view: OriginView): boolean {
  if (content.hashes === undefined) return true;
  const rank = rankOf(content.key, run.from, view.selfId, view.members);
  return view.nowMs >= rankStartMs(content, run) + rank * RANK_STEP_MS;
}

/** From when on the first of the order may fetch a chunk without a lease. */
function rankStartMs(content: Content, run: NeededRun): number {
  const opened = content.openedMs;
  switch (content.gateway) {
    case "ready":
      return Math.max(
        content.bulk ? Infinity : run.deadlineMs - RANK_SLACK_MS,
        opened + RANK_PATIENCE_MS,
      );
    case "pending":
      return opened + GATEWAY_GRACE_MS;
    case "none":
      return Math.max(run.deadlineMs - ORIGIN_LEAD_MS, opened);
  }
}
