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
 * The figures are in `origin_rules.ts`. This file owns fetches and leases; it
 * never looks at a peer's data.
 *
 * @module
 */
import { CHUNKS_SEEN_MAX, ORIGIN_CONNECTIONS_MAX } from "../limits.ts";
import { chunkOf, LEAF_BYTES } from "../hashtree/geometry.ts";
import type { Action } from "./actions.ts";
import type { Content } from "./content.ts";
import { type Fetch, newFetch } from "./fetches.ts";
import { gapEnd, nextGap } from "./lease_gaps.ts";
import { type Asking, wishFor } from "./lease_wish.ts";
import {
  electorate,
  isCalm,
  isEarly,
  ORIGIN_LEAD_MS,
  type OriginView,
  rankEndMs,
  serverOf,
} from "./origin_rules.ts";

/** An unanswered lease request counts as lost after this. */
const LEASE_ANSWER_MS = 1_000;

/** First wait after a failed fetch; doubled each time, up to 30 s. */
const RETRY_MS = 1_000;
const RETRY_MAX_MS = 30_000;

/** Longest time without asking for what plays much later, once told to wait. */
const CALM_WAIT_MS_MAX = 5_000;

/** Leaves in one fetch without a lease: 4 MiB. */
const DIRECT_LEAVES_MAX = 256;

/** How a fetch ended; `dropped`: by us, through no fault of the source. */
export type FetchEnd = "ok" | "failed" | "dropped";

interface Grant {
  from: number;
  until: number;
  source: string;
}

interface Rights extends Asking {
  askedMs: number;
  /** How far ahead of play that was. */
  askedSlackMs: number;
  /** The gateway said to wait. */
  leaseNotBeforeMs: number;
  /** The last lease was for a copy, not for the origin. */
  leasesCopies: boolean;
  retryMs: number;
  /** Leases that wait for a free connection. */
  leases: Grant[];
}

/** Leases asked and held, fetches under way, for all contents. */
export class Origin {
  readonly fetches = new Map<number, Fetch>();
  readonly #rights = new Map<Content, Rights>();
  #nextId = 1;

  /** One pass over a content. */
  plan(content: Content, view: OriginView): void {
    const rights = this.#rightsOf(content);
    this.#endIdle(content, view);
    this.#startLeased(content, rights, view);
    // The gateway may lease from a copy of its own.
    const isDown = view.nowMs < content.originNotBeforeMs;
    if (isDown && !rights.leasesCopies) return;
    if (content.rangeless && this.#fetchesFrom(content.url) > 0) return;
    if (content.gateway === "ready" && mayAsk(rights, view.nowMs)) {
      this.#askLease(content, rights, view);
    }
    if (isDown || this.#fetchesFrom(content.url) >= ORIGIN_CONNECTIONS_MAX) {
      return;
    }
    const own = this.#ownRun(content, view);
    if (own !== undefined) this.#start(content, own, content.url, false, view);
  }

  /** The gateway granted a run. */
  handleLease(content: Content, lease: Grant): void {
    const rights = this.#rightsOf(content);
    rights.askedMs = -Infinity;
    rights.waits = 0;
    rights.leasesCopies = lease.source !== content.url;
    rights.leases.push({ ...lease });
  }

  /** A fetch has its answer, whose first byte is `offset`: 0 where the source ignored the Range. */
  handleStarted(fetch: Fetch, offset: number): void {
    if (offset === fetch.from * LEAF_BYTES) return;
    fetch.next = Math.floor(offset / LEAF_BYTES);
    if (fetch.source !== fetch.content.url) return;
    fetch.content.rangeless = true;
    fetch.until = fetch.content.leaves;
  }

  /** The gateway has nothing to give for now. */
  handleWait(content: Content, untilMs: number): void {
    const rights = this.#rightsOf(content);
    rights.leaseNotBeforeMs = untilMs;
    rights.waits++;
    if (isCalm(rights.askedSlackMs)) {
      // Whoever has it will tell, long before it plays.
      const waitMs = Math.min(rights.askedSlackMs / 4, CALM_WAIT_MS_MAX);
      rights.calmNotBeforeMs = Math.max(untilMs, rights.askedMs + waitMs);
    }
    rights.askedMs = -Infinity;
  }

  /** A fetch has ended or is given up: its leaves are free, the gateway is told. */
  end(
    fetch: Fetch,
    how: FetchEnd,
    nowMs: number,
    act: (action: Action) => void,
  ): void {
    if (!this.fetches.delete(fetch.id)) return;
    const { content } = fetch;
    for (const [chunk, request] of content.requests) {
      if (request.link === -fetch.id) content.requests.delete(chunk);
    }
    const rights = this.#rightsOf(content);
    if (how === "ok") rights.retryMs = RETRY_MS;
    if (how === "failed") {
      // A copy that cannot be had says nothing about the origin.
      const retryAtMs = nowMs + rights.retryMs;
      if (fetch.source === content.url) content.originNotBeforeMs = retryAtMs;
      else rights.leaseNotBeforeMs = retryAtMs;
      rights.retryMs = Math.min(2 * rights.retryMs, RETRY_MAX_MS);
    }
    if (fetch.leased) {
      const { from, until, startedMs } = fetch;
      const ms = nowMs - startedMs;
      // A leaf that came before its hash was passed over: the lease is free again.
      const ok = how === "ok" && content.held.hasAll(from, until);
      act({ type: "done", content, from, until, ok, ms });
    }
  }

  /** A fetch is over because a leaf of it was wrong. */
  spoil(
    fetch: Fetch,
    leaf: number,
    nowMs: number,
    act: (action: Action) => void,
  ): void {
    const { id, content, source } = fetch;
    act({ type: "abort", fetch: id });
    this.end(fetch, "failed", nowMs, act);
    act({ type: "mismatch", content, source, leaf });
  }

  /** A content is closed: its fetches stop, leases not used yet go back. */
  drop(
    content: Content,
    nowMs: number,
    act: (action: Action) => void,
  ): void {
    for (const fetch of this.#fetchesOf(content)) {
      act({ type: "abort", fetch: fetch.id });
      this.end(fetch, "dropped", nowMs, act);
    }
    for (const { from, until } of this.#rightsOf(content).leases) {
      act({ type: "done", content, from, until, ok: false, ms: 0 });
    }
    this.#rights.delete(content);
  }

  /** Ends what brings nothing to contents of which nothing is wanted any more, and gives back leases not begun. */
  endUnwanted(nowMs: number, act: (action: Action) => void): void {
    for (const { content } of [...this.fetches.values()]) {
      if (!content.wanting) this.#endIdle(content, { nowMs, act });
    }
    for (const [content, { leases }] of this.#rights) {
      if (leases.length === 0 || content.wanting) continue;
      for (const { from, until } of leases.splice(0)) {
        const ok = content.held.hasAll(from, until);
        act({ type: "done", content, from, until, ok, ms: 0 });
      }
    }
  }

  #fetchesOf(content: Content): Fetch[] {
    return [...this.fetches.values()].filter((f) => f.content === content);
  }

  /** Fetches under way at the server of `source`. */
  #fetchesFrom(source: string): number {
    const server = serverOf(source);
    let count = 0;
    for (const fetch of this.fetches.values()) {
      if (fetch.source === source || serverOf(fetch.source) === server) count++;
    }
    return count;
  }

  /** Stops what brings nothing: all of it is held, or another reads the same file through. */
  #endIdle(content: Content, view: Pick<OriginView, "nowMs" | "act">): void {
    let through = false;
    for (const fetch of this.#fetchesOf(content)) {
      const done = content.held.hasAll(fetch.next, fetch.until);
      const second = through && fetch.source === content.url;
      through ||= content.rangeless && fetch.source === content.url;
      if (!done && !second) continue;
      view.act({ type: "abort", fetch: fetch.id });
      this.end(fetch, done ? "ok" : "dropped", view.nowMs, view.act);
    }
  }

  #rightsOf(content: Content): Rights {
    let rights = this.#rights.get(content);
    if (rights === undefined) {
      rights = {
        askedMs: -Infinity,
        askedSlackMs: 0,
        leaseNotBeforeMs: -Infinity,
        calmNotBeforeMs: -Infinity,
        leasesCopies: false,
        retryMs: RETRY_MS,
        waits: 0,
        fetchedBytes: 0,
        leases: [],
      };
      this.#rights.set(content, rights);
    }
    return rights;
  }

  /**
   * Fetches what is missing of the leases held, gap by gap; the last gap's fetch
   * reports the lease. What has come to be a peer's to give, or can wait for
   * what others are about to say, is not fetched.
   */
  #startLeased(content: Content, rights: Rights, view: OriginView): void {
    for (let lease = rights.leases[0]; lease; lease = rights.leases[0]) {
      const { until, source } = lease;
      if (this.#fetchesFrom(source) >= ORIGIN_CONNECTIONS_MAX) return;
      const from = nextGap(content, lease.from, until, view);
      const end = gapEnd(content, from, until, view);
      const last = nextGap(content, end, until, view) >= until;
      if (last) rights.leases.shift();
      else lease.from = end;
      const back = isEarly(content, content.deadlineMs(from, end), view);
      if (from < until && !back) {
        this.#start(content, { from, until: end }, source, last, view);
      } else if (last) {
        const { from } = lease;
        view.act({ type: "done", content, from, until, ok: !back, ms: 0 });
      }
    }
  }

  #askLease(
    content: Content,
    rights: Rights,
    view: OriginView,
  ): void {
    const wish = wishFor(content, rights, view);
    if (wish === undefined) return;
    rights.askedMs = view.nowMs;
    rights.askedSlackMs = wish.slackMs;
    const { from, until, chunks, pressing } = wish;
    view.act({ type: "lease", content, from, until, chunks, pressing });
  }

  /** What is ours to fetch without a lease: neighbouring chunks as one run. */
  #ownRun(
    content: Content,
    view: OriginView,
  ): { from: number; until: number } | undefined {
    const isOurs = electorate(content, view);
    const endMs = rankEndMs(content, view);
    let own: { from: number; until: number } | undefined;
    let seen = 0;
    for (const run of content.needed()) {
      const reach = own === undefined ? 0 : ORIGIN_LEAD_MS / 3;
      if (++seen > CHUNKS_SEEN_MAX) break;
      if (run.deadlineMs > endMs + reach) break;
      const mine = content.judges(run.from, run.until) && isOurs(run) &&
        !view.company.gives(run);
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
    this.#rightsOf(content).fetchedBytes += content.bytesOf(from, until);
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
          urgent: false,
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
