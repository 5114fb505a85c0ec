/**
 * Who may fetch what from the source, for one content. Everyone plays the same
 * second; without this book every listener would ask the origin for the same
 * chunk at the same moment. Pure.
 *
 * A chunk has at most one lease, and holders: those who fetched it.
 *
 * | a chunk | is leased to |
 * | --- | --- |
 * | without lease and holder | the first who asks |
 * | under lease | nobody else until that is reported, given back or over |
 * | with a holder | another who has waited {@linkcode PRESSED_MS} for what plays within seconds, as long as fewer than {@linkcode PRESSING_HOLDERS_MAX} hold it and {@linkcode PRESSED_CLIENTS_MIN} wait |
 * | with any number of holders | another who has waited {@linkcode DOUBT_MS} for what plays within seconds, {@linkcode CALM_DOUBT_MS} for anything else |
 *
 * The last row is for holders that cannot be reached, or lie. What plays later is
 * leased so to one at a time, a chunk each: the others wait for him. A client that
 * lost what it fetched gets it again at once. What clients give each other is not
 * known here; they only ask for what no linked peer holds.
 *
 * @module
 */
import { LEAF_BYTES, type Run } from "../hashtree/mod.ts";
import {
  LEASE_CHUNKS_MAX,
  LEASE_MS_MAX,
  LEASE_MS_MIN,
  LEASE_SCAN_CHUNKS_MAX,
} from "../limits.ts";

/** A client that was told to wait so long for what plays within seconds is believed that nobody gives it. */
export const DOUBT_MS = 2_500;

/**
 * The same for what plays later, or at no time: its holder may only have much to
 * do. Sixty-four who download a file from a fast origin took 1.13 copies of it
 * after 2.5 s, 0.9999 after 10 (`docs/decisions/origin.md`).
 */
export const CALM_DOUBT_MS = 10_000;

/**
 * The time between two asks counts as waiting up to this: who asks for something
 * else meanwhile has time, and its holder may only have much to do. Were it not
 * counted at all, what a liar holds would be fetched again too late to be passed on.
 */
export const DOUBT_STEP_MS = 1_000;

/** Chunks that one client may doubt at a time: what plays next, and what plays later, of which it asks now for one and now for another. */
export const DOUBTS_PER_CLIENT_MAX = 4;

/** Who was told to wait for what plays within seconds, and asks again, is pressed. */
export const PRESSED_MS = 250;

/**
 * So many may hold at once what plays within seconds: a second copy in the swarm
 * halves the time until all have it, when all they have is one uplink …
 */
export const PRESSING_HOLDERS_MAX = 2;

/** … and so many wait; fewer are soon served by one. */
export const PRESSED_CLIENTS_MIN = 4;

/** A client, by a number that is never used again. */
export type ClientNumber = number;

/** What a client asks. */
export interface LeaseWish {
  client: ClientNumber;
  /** Leaves from here … */
  from: number;
  /** … to here. */
  until: number;
  /** Chunks wanted. */
  chunks: number;
  /** Leaves before this one play within seconds. */
  pressing?: number | undefined;
}

/** What bounds the answer. */
export interface LeaseTerms {
  nowMs: number;
  /** Only leaves below this can be had at the source yet. */
  available: number;
  /** Bytes the source's pace allows now; a chunk that has begun is granted whole. */
  budgetBytes: number;
  /** How fast this client has fetched so far. */
  bytesPerMs: number;
}

/** A run granted to a client. */
export interface GrantedLease extends Run {
  ttlMs: number;
}

interface Lease extends Run {
  client: ClientNumber;
  untilMs: number;
}

/** How long a client has waited for a chunk that is held, and when it last asked. */
interface Doubt {
  readonly waitedMs: number;
  readonly askedMs: number;
}

/** A chunk that is not free: who fetches it, and who has fetched it. */
interface Taken {
  lease: Lease | undefined;
  readonly holders: Set<ClientNumber>;
}

/** The book of one content. */
export class LeaseBook {
  readonly #chunks: number;
  /** States by chunk; what is not in it is free. */
  readonly #taken = new Map<number, Taken>();
  readonly #leases = new Map<ClientNumber, Lease[]>();
  readonly #held = new Map<ClientNumber, Set<number>>();
  readonly #doubts = new Map<ClientNumber, Map<number, Doubt>>();

  /**
   * @param leaves of the file, at least 1
   * @param chunk leaves in a chunk, a power of two
   */
  constructor(readonly leaves: number, readonly chunk: number) {
    this.#chunks = Math.ceil(leaves / chunk);
  }

  /** Chunks that the last grant looked at; the client is charged for them. */
  looked = 0;

  /** Chunks that are not free, an over-due lease included. */
  get taken(): number {
    return this.#taken.size;
  }

  /**
   * Grants the earliest free chunks, neighbours as one run.
   *
   * @returns no run at all where nothing is free: the client waits
   */
  grant(wish: LeaseWish, terms: LeaseTerms): GrantedLease[] {
    const found = this.#find(wish, terms);
    const runs = merge(found);
    let bytes = this.#bytesUnderLease(wish.client, terms.nowMs);
    return runs.map(({ from, count }) => {
      const run = this.#clip(from * this.chunk, count * this.chunk);
      bytes += run.count * LEAF_BYTES;
      const ttlMs = lifetime(bytes, terms.bytesPerMs);
      this.#enter({
        ...run,
        client: wish.client,
        untilMs: terms.nowMs + ttlMs,
      });
      return { ...run, ttlMs };
    });
  }

  /**
   * A lease has ended.
   *
   * @param from any part of the run that was granted; all of it ends
   * @returns the run; undefined if this client has no such lease
   */
  done(
    client: ClientNumber,
    from: number,
    count: number,
    ok: boolean,
  ): Run | undefined {
    const lease = this.#leases.get(client)?.find((lease) =>
      from < lease.from + lease.count && lease.from < from + count
    );
    if (lease === undefined) return undefined;
    this.#end(lease, ok);
    return { from: lease.from, count: lease.count };
  }

  /** A client is gone: what only it held or leased is free. */
  leave(client: ClientNumber): void {
    for (const lease of this.#leases.get(client) ?? []) this.#end(lease, false);
    for (const chunk of this.#held.get(client) ?? []) {
      const taken = this.#taken.get(chunk);
      taken?.holders.delete(client);
      this.#forgetFree(chunk);
    }
    this.#leases.delete(client);
    this.#held.delete(client);
    this.#doubts.delete(client);
  }

  /** The chunks to grant, ascending. */
  #find(wish: LeaseWish, terms: LeaseTerms): number[] {
    this.looked = 0;
    if (wish.until <= wish.from) return [];
    const first = Math.max(0, Math.floor(wish.from / this.chunk));
    const last = Math.min(this.#reach(terms.available), this.#ceil(wish.until));
    const waitedMs = this.#waitedMs(wish.client, first, terms.nowMs);
    const { pressing = 0 } = wish;
    const calm = pressing <= wish.from;
    const doubted = waitedMs >= (calm ? CALM_DOUBT_MS : DOUBT_MS);
    const crowded = this.#doubts.size >= PRESSED_CLIENTS_MIN;
    const pressed = crowded && waitedMs >= PRESSED_MS ? pressing : 0;
    const found: number[] = [];
    let wanted = Math.min(wish.chunks, this.#allowance(wish.client, terms));
    const end = Math.min(last, first + LEASE_SCAN_CHUNKS_MAX);
    for (let chunk = first; chunk < end && wanted > 0; chunk++) {
      this.looked++;
      // What the client fetched itself and lost again it names first.
      const lost = chunk === first && this.#isHeldBy(chunk, wish.client);
      // What does not press yet is given to others one by one.
      const holdersMax = doubted && (!calm || chunk === first)
        ? Infinity
        : chunk * this.chunk < pressed
        ? PRESSING_HOLDERS_MAX
        : 1;
      if (!lost && !this.#isFree(chunk, terms.nowMs, holdersMax)) continue;
      found.push(chunk);
      wanted--;
    }
    if (found[0] === first) {
      this.#endDoubt(wish.client, first);
      if (doubted && calm) this.#waitAnew(first, terms.nowMs);
    }
    return found;
  }

  /** Chunks the client may still take, by its own share and by the source's pace. */
  #allowance(client: ClientNumber, terms: LeaseTerms): number {
    const leaves = this.#bytesUnderLease(client, terms.nowMs) / LEAF_BYTES;
    const own = LEASE_CHUNKS_MAX - Math.ceil(leaves / this.chunk);
    const pace = Math.ceil(terms.budgetBytes / (this.chunk * LEAF_BYTES));
    return Math.max(0, Math.min(own, pace));
  }

  /** How long this client has waited for a held chunk, in ms; noted from now on if it is the first time. */
  #waitedMs(client: ClientNumber, chunk: number, nowMs: number): number {
    if (!this.#taken.get(chunk)?.holders.size) return 0;
    const doubts = this.#doubts.get(client) ?? new Map<number, Doubt>();
    this.#doubts.set(client, doubts);
    const doubt = doubts.get(chunk);
    const stepMs = Math.min(nowMs - (doubt?.askedMs ?? nowMs), DOUBT_STEP_MS);
    const waitedMs = (doubt?.waitedMs ?? 0) + stepMs;
    doubts.delete(chunk);
    doubts.set(chunk, { waitedMs, askedMs: nowMs });
    if (doubts.size > DOUBTS_PER_CLIENT_MAX) {
      const [oldest = chunk] = doubts.keys();
      doubts.delete(oldest);
    }
    return waitedMs;
  }

  #endDoubt(client: ClientNumber, chunk: number): void {
    const doubts = this.#doubts.get(client);
    doubts?.delete(chunk);
    if (doubts?.size === 0) this.#doubts.delete(client);
  }

  /** Somebody fetches a chunk once more that plays later: whoever doubts those who hold it waits for him first. */
  #waitAnew(chunk: number, nowMs: number): void {
    for (const doubts of this.#doubts.values()) {
      if (!doubts.has(chunk)) continue;
      doubts.set(chunk, { waitedMs: 0, askedMs: nowMs });
    }
  }

  #isHeldBy(chunk: number, client: ClientNumber): boolean {
    return this.#taken.get(chunk)?.holders.has(client) === true;
  }

  /** Whether nobody fetches it, and fewer than `holdersMax` hold it. */
  #isFree(chunk: number, nowMs: number, holdersMax: number): boolean {
    const taken = this.#taken.get(chunk);
    if (taken === undefined) return true;
    const { lease, holders } = taken;
    return (lease === undefined || lease.untilMs <= nowMs) &&
      holders.size < holdersMax;
  }

  /** Chunks wholly available; the file's last one may be short. */
  #reach(available: number): number {
    return available >= this.leaves
      ? this.#chunks
      : Math.floor(available / this.chunk);
  }

  #ceil(until: number): number {
    return Math.min(this.#chunks, Math.ceil(until / this.chunk));
  }

  #clip(from: number, count: number): Run {
    return { from, count: Math.min(count, this.leaves - from) };
  }

  #bytesUnderLease(client: ClientNumber, nowMs: number): number {
    let leaves = 0;
    for (const lease of this.#leases.get(client) ?? []) {
      if (lease.untilMs > nowMs) leaves += lease.count;
    }
    return leaves * LEAF_BYTES;
  }

  *#chunksOf(run: Run): Generator<number> {
    const end = this.#ceil(run.from + run.count);
    for (let chunk = run.from / this.chunk; chunk < end; chunk++) yield chunk;
  }

  #enter(lease: Lease): void {
    for (const chunk of this.#chunksOf(lease)) {
      const taken = this.#taken.get(chunk);
      if (taken === undefined) {
        this.#taken.set(chunk, { lease, holders: new Set() });
      } else taken.lease = lease;
    }
    const own = this.#leases.get(lease.client) ?? [];
    // Leases that are over and lost every chunk to others are forgotten.
    const alive = own.filter((old) => this.#hasAny(old));
    this.#leases.set(lease.client, [...alive, lease]);
  }

  #forgetFree(chunk: number): void {
    const taken = this.#taken.get(chunk);
    if (taken?.lease === undefined && taken?.holders.size === 0) {
      this.#taken.delete(chunk);
    }
  }

  #hasAny(lease: Lease): boolean {
    for (const chunk of this.#chunksOf(lease)) {
      if (this.#taken.get(chunk)?.lease === lease) return true;
    }
    return false;
  }

  #end(lease: Lease, ok: boolean): void {
    const { client } = lease;
    for (const chunk of this.#chunksOf(lease)) {
      const taken = this.#taken.get(chunk);
      if (taken?.lease !== lease) continue;
      taken.lease = undefined;
      if (ok) {
        taken.holders.add(client);
        const held = this.#held.get(client) ?? new Set();
        this.#held.set(client, held.add(chunk));
      } else this.#forgetFree(chunk);
    }
    const rest = (this.#leases.get(client) ?? []).filter((l) => l !== lease);
    if (rest.length > 0) this.#leases.set(client, rest);
    else this.#leases.delete(client);
  }
}

/** Ascending chunks as runs of neighbours. */
function merge(chunks: number[]): Run[] {
  const runs: Run[] = [];
  for (const chunk of chunks) {
    const last = runs.at(-1);
    if (last !== undefined && last.from + last.count === chunk) last.count++;
    else runs.push({ from: chunk, count: 1 });
  }
  return runs;
}

/** Twice the time that the client will need, within bounds. */
function lifetime(bytes: number, bytesPerMs: number): number {
  const ms = 2 * bytes / bytesPerMs;
  return Math.round(Math.min(LEASE_MS_MAX, Math.max(LEASE_MS_MIN, ms)));
}
