/**
 * One content as the engine sees it: what is held, what is asked of whom, when
 * each leaf plays. Invariants, checked by the tests after every step:
 *
 * - a run is owed by one source at most, and by none once all of it is held;
 * - `availability[leaf]` is the number of open links that announced it;
 * - a held leaf was verified, unless the content has no hashes at all and its
 *   bytes came from the origin itself.
 *
 * @module
 */
import { chunkOf, LEAF_BYTES, leafCount } from "../hashtree/geometry.ts";
import { LeafHashes } from "../hashtree/leaf_hashes.ts";
import { Holders } from "./holders.ts";
import type { Link } from "./link.ts";
import { LeafSet } from "./leaf_set.ts";
import type { Roll } from "./roll.ts";
import { ticketOf } from "./rank.ts";
import { isScarce } from "./zones.ts";

/** Byte `offset` plays at `atMs` (ms since the epoch), and the rest at this rate. */
export interface Playhead {
  /** Byte of the file, from 0. */
  offset: number;
  /** When it plays, ms since the epoch. */
  atMs: number;
  /** How fast it plays on from there; above 0. */
  bytesPerSecond: number;
}

/** What the shell knows of a content when it opens it. */
export interface ContentSpec {
  /** 64 hex digits: the root, or a provisional id. */
  key: string;
  /** Bytes, from 1. */
  length: number;
  /**
   * `root`: `key` is the root, hashes are proven against it. `provisional`: the
   * gateway's hashes are believed until the root arrives. `none`: there are no
   * hashes; bytes are taken from the origin alone and given to nobody.
   */
  trust: "root" | "provisional" | "none";
  /** The origin's URL of the file. */
  url: string;
  /** Leaves per chunk. */
  chunkLeaves: number;
  /** What it is part of, as one text of our own, e.g. the playlist's URL: peers of one station hear of no other. */
  station?: string;
}

/** Who owes us a run of leaves. */
export interface ChunkRequest {
  /** First leaf. */
  readonly from: number;
  /** The leaf after the last. */
  readonly until: number;
  /** A link's number, or the negative of a fetch's. */
  readonly link: number;
  /** When it was asked for, ms since the epoch. */
  readonly askedMs: number;
  /** After this it may be asked of another. */
  readonly dueMs: number;
  /** Whether it played within seconds when it was asked for. */
  readonly urgent: boolean;
}

/** A run that is needed, and when it plays. */
export interface NeededRun {
  /** First leaf. */
  from: number;
  /** The leaf after the last. */
  until: number;
  /** When it plays, ms since the epoch; Infinity where nobody knows. */
  deadlineMs: number;
}

/** A reader this close to the playhead waits for its time to play; any other waits for nothing but the bytes. */
const READ_AHEAD_MS = 30_000;

/** A reader is waiting for these leaves. */
interface Demand {
  readonly from: number;
  readonly until: number;
  readonly atMs: number;
}

/** A content and everything the engine remembers of it. */
export class Content {
  /** Its name on the wire: 64 hex digits. */
  key: string;
  /** All names it has had: the provisional id stays valid after the root is known. */
  readonly keys: Set<string>;
  /** Bytes, from 1. */
  readonly length: number;
  /** How many leaves that is. */
  readonly leaves: number;
  /** Leaves per chunk. */
  readonly chunkLeaves: number;
  /** The origin's URL of the file. */
  readonly url: string;
  /** What is here and verified. */
  readonly held: LeafSet;
  /** What an earlier run may have left here and nobody has looked at yet; undefined where there is nothing. */
  unchecked: LeafSet | undefined;
  /** Absent when `trust` is "none". */
  readonly hashes: LeafHashes | undefined;
  /** Requests by the first leaf of their chunk. */
  readonly requests: Map<number, ChunkRequest> = new Map();
  /** Which links announced what. */
  readonly holders: Holders<Link>;
  /** When it was opened, ms since the epoch. */
  readonly openedMs: number;
  /** Where it is being played; undefined where it is not. */
  playhead: Playhead | undefined;
  /** The whole file is wanted, as fast as it comes. */
  bulk = false;
  /** Whether a gateway answers for this content, may yet, or will not. */
  gateway: "ready" | "pending" | "none" = "none";
  /** The origin answered a Range with the whole file. */
  rangeless = false;
  /** The origin failed, and is not asked before this. */
  originNotBeforeMs: number = -Infinity;
  /** Stations it was opened for; none where everyone is told of it. */
  readonly stations: Set<string> = new Set();
  /** Ids of the peers that its station is known to have; they count where no gateway says who fetches. */
  readonly heard: Set<string> = new Set();
  /** Who of its station fetches where no gateway says so; undefined where it is part of several stations, or of none. */
  roll: Roll | undefined;
  /** Ids of the peers that a gateway named for it, linked or not. */
  readonly members: Set<string> = new Set();
  /** When a leaf first came or was announced to us; Infinity until then. */
  firstMovedMs: number = Infinity;
  /** When a leaf last came or was announced to us. */
  movedMs: number = -Infinity;
  /** When a leaf was last announced to us. */
  announcedMs: number = -Infinity;
  /** The longest time that was ever here of what is played, in ms, 0 where nobody dialled us; of what is still to play that of what plays before it. */
  leadMs: number = 0;
  /** Whether all peers together did not carry what is played when that was last decided. */
  scarce: boolean = false;
  /** Whether something that plays before it, and soon, is still missing. */
  yields: boolean = false;
  /** How long a chunk takes that is asked for now, in ms, from the peer that would have it here soonest; 0 where none can be asked. */
  waitMs: number = 0;
  /** When it was last decided what to ask of whom. */
  plannedMs: number = -Infinity;
  /** Whether something has happened since, and that is to be decided anew before long. */
  awaitsPlan = false;
  /** When hashes were last asked for. */
  hashesAskedMs: number = -Infinity;
  readonly #tickets = new Map<string, number>();
  #demands: Demand[] = [];

  /**
   * Nothing of it is held yet.
   *
   * @param spec what the shell knows of it
   * @throws {RangeError} when the length is that of no file
   */
  constructor(spec: ContentSpec, nowMs: number) {
    this.key = spec.key;
    this.keys = new Set([spec.key]);
    this.length = spec.length;
    this.leaves = leafCount(spec.length);
    this.chunkLeaves = spec.chunkLeaves;
    this.url = spec.url;
    this.openedMs = nowMs;
    this.held = new LeafSet(this.leaves);
    this.holders = new Holders(this.leaves);
    this.hashes = spec.trust === "none" ? undefined : new LeafHashes(
      spec.length,
      spec.trust === "root" ? Uint8Array.fromHex(spec.key) : undefined,
    );
  }

  /** For each leaf, how many links announced it. */
  get availability(): Readonly<Uint16Array> {
    return this.holders.availability;
  }

  /** Whether anything is still to be fetched: what has been played is not. */
  get wanting(): boolean {
    if (this.held.full || this.bulk) return !this.held.full;
    const { held, leaves, playhead } = this;
    return playhead !== undefined && held.nextClear(this.#playing) < leaves ||
      this.#demands.some(({ from, until }) => !held.hasAll(from, until));
  }

  /** The first leaf that is played, or fetched where nothing is played. */
  get #playing(): number {
    return Math.floor((this.playhead?.offset ?? 0) / LEAF_BYTES);
  }

  /** A leaf came or was announced to us. */
  moved(nowMs: number): void {
    this.movedMs = nowMs;
    this.firstMovedMs = Math.min(this.firstMovedMs, nowMs);
  }

  /** Whether its beginning is played later than now: what is on is read some seconds ahead, too. */
  isToPlay(nowMs: number): boolean {
    const { playhead } = this;
    return playhead !== undefined && playhead.offset === 0 &&
      playhead.atMs > nowMs;
  }

  /**
   * It is being decided what to ask of whom.
   *
   * @param undialled nobody has dialled us: a long lead is luck, and what we fetch early goes to few
   */
  planned(nowMs: number, undialled: boolean): void {
    this.plannedMs = nowMs;
    const leadMs = this.missingMs() - nowMs;
    if (leadMs < Infinity && !undialled && !this.isToPlay(nowMs)) {
      this.leadMs = Math.max(this.leadMs, leadMs);
    }
    this.scarce = isScarce(this, nowMs);
  }

  /** Readers wait for leaves `from` to `until`; they are fetched before all else. */
  demand(from: number, until: number, nowMs: number): void {
    this.#demands.push({ from, until, atMs: nowMs });
  }

  /** Readers no longer wait for this. */
  endDemand(from: number, until: number): void {
    const index = this.#demands.findIndex((d) =>
      d.from === from && d.until === until
    );
    if (index >= 0) this.#demands.splice(index, 1);
  }

  /** What stands for a member in the order of those who fetch this content (`rank.ts`). */
  ticket(member: string): number {
    let ticket = this.#tickets.get(member);
    if (ticket === undefined) {
      this.#tickets.set(member, ticket = ticketOf(this.key, member));
    }
    return ticket;
  }

  /** Takes another name, by which it is called from now on; the old one stays valid. */
  rename(key: string): void {
    this.key = key;
    this.keys.add(key);
    this.#tickets.clear();
  }

  /** When leaves `from` to `until` begin to play, in ms since the epoch; Infinity where nobody knows. */
  playsMs(from: number, until: number = from + 1): number {
    const head = this.playhead;
    if (head === undefined || until * LEAF_BYTES <= head.offset) {
      return Infinity;
    }
    const bytes = Math.max(0, from * LEAF_BYTES - head.offset);
    return bytes === 0
      ? head.atMs
      : head.atMs + bytes * 1000 / head.bytesPerSecond;
  }

  /** When leaves `from` to `until` are needed, in ms since the epoch; Infinity where nobody knows. */
  deadlineMs(from: number, until: number = from + 1): number {
    const playsMs = this.playsMs(from, until);
    for (const demand of this.#demands) {
      if (from >= demand.until || until <= demand.from) continue;
      return playsMs - demand.atMs < READ_AHEAD_MS ? playsMs : demand.atMs;
    }
    return playsMs;
  }

  /** When the first missing leaf is needed, asked for or not; Infinity where nobody knows. */
  missingMs(): number {
    let soonest = this.deadlineMs(this.held.nextClear(this.#playing));
    for (const { from, until } of this.#demands) {
      const leaf = this.held.nextClear(from);
      if (leaf < until) soonest = Math.min(soonest, this.deadlineMs(leaf));
    }
    return soonest;
  }

  /**
   * What is missing and not asked of anyone, soonest first; each run within one
   * chunk, and once. Readers' demands come first, then what the playhead will
   * reach. Chunks are wanted whole, since that is how peers ask for them.
   */
  *needed(): Generator<NeededRun> {
    const demanded = new Set<number>();
    for (const demand of this.#demands) {
      for (const run of this.#missing(demand.from, demand.until)) {
        if (demanded.has(run.from)) continue;
        demanded.add(run.from);
        yield run;
      }
    }
    if (!this.bulk && this.playhead === undefined) return;
    for (const run of this.#missing(this.#playing, this.leaves)) {
      if (!demanded.has(run.from)) yield run;
    }
  }

  *#missing(from: number, until: number): Generator<NeededRun> {
    const last = Math.min(until, this.leaves);
    const start = chunkOf(from, this.chunkLeaves).from;
    let leaf = this.held.nextClear(start);
    while (leaf < last) {
      const chunk = chunkOf(leaf, this.chunkLeaves);
      const end = Math.min(chunk.from + chunk.count, this.leaves);
      if (!this.requests.has(chunk.from)) {
        const stop = this.held.nextSet(leaf, end);
        const deadlineMs = this.deadlineMs(leaf, stop);
        yield { from: leaf, until: stop, deadlineMs };
      }
      leaf = this.held.nextClear(end);
    }
  }

  /** Bytes of leaves `from` to `until`. */
  bytesOf(from: number, until: number): number {
    return Math.min(until * LEAF_BYTES, this.length) -
      Math.min(from * LEAF_BYTES, this.length);
  }

  /** Whether what arrives for this run can be judged at once. */
  knows(from: number, until: number): boolean {
    return this.hashes === undefined || this.hashes.complete ||
      this.hashes.hasRange(from, Math.min(until, this.leaves) - from);
  }

  /** Whether this run may be asked for: it can be judged, and none of it may be here already. */
  judges(from: number, until: number): boolean {
    const { unchecked } = this;
    if (unchecked !== undefined && unchecked.nextSet(from, until) < until) {
      return false;
    }
    return this.knows(from, until);
  }
}
