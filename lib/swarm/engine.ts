/**
 * The swarm engine: decides what to ask whom, and when. It has four kinds of
 * method and no other: getters; commands; `handle…`, something came in; and
 * `poll…`, what must go out and when to wake next. It opens no socket, reads no
 * clock, sets no timer: the same code runs in the program and in the simulator.
 *
 * Incoming events only change state. Decisions are made in {@linkcode
 * SwarmEngine.poll}, always in one order: late requests, requests to peers,
 * hashes, the origin, announcements, uploads, dials. Each of these is a file of
 * its own; this one only joins them.
 *
 * What it promises: nothing that fails its hash is stored, played or passed on;
 * a peer that sends such a thing is banned for the session.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { CONTENTS_MAX } from "../limits.ts";
import { chunkOf, LEAF_BYTES } from "../hashtree/geometry.ts";
import type { Action, SwarmStats } from "./actions.ts";
import { Content, type ContentSpec, type NeededRun } from "./content.ts";
import type { Fetch } from "./fetches.ts";
import { Haves } from "./haves.ts";
import { Intake } from "./intake.ts";
import type { Link } from "./link.ts";
import { LinkMessages } from "./link_messages.ts";
import { LinkTable } from "./link_table.ts";
import { Members, type PeerAddress } from "./members.ts";
import { decodeMessage, type PeerMessage } from "./messages.ts";
import { Origin } from "./origin.ts";
import { planPeerRequests } from "./peer_plan.ts";
import { RequestLedger } from "./request_ledger.ts";
import { Uploads } from "./uploads.ts";

/** How often an engine that wants something looks again though nothing happened. */
const TICK_MS = 250;

/** Hashes are asked for again after this. */
const HASHES_RETRY_MS = 1_000;

/** Leaf hashes asked for at a time: 32 KiB, 16 MiB of media. */
const HASHES_RUN_LEAVES = 1024;

/** What "no upload limit" is told as: a terabyte a second. */
const CAPACITY_UNLIMITED = 2 ** 40;

/** Settings of an engine. */
export interface SwarmOptions {
  /** Our id: 32 hex digits, random per run. */
  id: string;
  /** Our peer port as others can dial it; 0 for none. */
  port: number;
  /** Bytes per second to peers outside the local network; Infinity for none. */
  uploadBytesPerSecond: number;
  /** False: nothing is announced or sent. */
  share: boolean;
  /** A number in [0, 1). */
  random: () => number;
}

/** The engine of one listener, for all its contents and links. */
export class SwarmEngine {
  /** Counters since the start. */
  readonly stats: SwarmStats = {
    bytesFromPeers: 0,
    bytesFromOrigin: 0,
    bytesToPeers: 0,
    duplicateBytes: 0,
    badChunks: 0,
    deadlineMisses: 0,
  };
  readonly #options: SwarmOptions;
  readonly #contents = new Map<string, Content>();
  readonly #members: Members;
  readonly #links: LinkTable;
  readonly #uploads: Uploads;
  readonly #origin = new Origin();
  readonly #requests: RequestLedger;
  readonly #haves: Haves;
  readonly #intake: Intake;
  readonly #messages: LinkMessages;
  #actions: Action[] = [];

  /** @param options see {@linkcode SwarmOptions} */
  constructor(options: SwarmOptions) {
    const { id, share, uploadBytesPerSecond } = options;
    this.#options = options;
    this.#members = new Members(id);
    this.#uploads = new Uploads(uploadBytesPerSecond);
    const self = {
      id,
      port: share ? options.port : 0,
      capacity: share ? Math.min(uploadBytesPerSecond, CAPACITY_UNLIMITED) : 0,
    };
    this.#links = new LinkTable(self, this.#members, this.#act);
    const send = (link: Link, message: PeerMessage) =>
      this.#links.send(link, message);
    this.#requests = new RequestLedger(this.#links, send);
    this.#haves = new Haves({
      share,
      links: this.#links,
      uploads: this.#uploads,
      send,
    });
    this.#intake = new Intake({
      stats: this.stats,
      requests: this.#requests,
      haves: this.#haves,
      act: this.#act,
      ban: (link, why) => this.#links.ban(link, why),
      spoiled: (fetch, leaf, nowMs) => this.#handleSpoiled(fetch, leaf, nowMs),
    });
    this.#messages = new LinkMessages({
      share,
      links: this.#links,
      uploads: this.#uploads,
      requests: this.#requests,
      haves: this.#haves,
      intake: this.#intake,
      content: (key) => this.#contents.get(key),
    });
  }

  // ---- getters ------------------------------------------------------------

  /** The open contents. */
  get contents(): Content[] {
    return [...new Set(this.#contents.values())];
  }

  /** The links that are up, those without a hello included. */
  get links(): Link[] {
    return this.#links.all();
  }

  /** The content of this name, current or former. */
  content(key: string): Content | undefined {
    return this.#contents.get(key);
  }

  // ---- commands -----------------------------------------------------------

  /**
   * Opens a content, or returns the one already open under this key.
   *
   * @throws {AlluviumError} `busy` when too many are open
   * @throws {RangeError} when the length is that of no file
   */
  open(spec: ContentSpec, nowMs: number): Content {
    const known = this.#contents.get(spec.key);
    if (known !== undefined && known.length === spec.length) return known;
    if (this.#contents.size >= CONTENTS_MAX) {
      throw new AlluviumError(
        "busy",
        `Cannot open another content: ${CONTENTS_MAX} are open`,
      );
    }
    const content = new Content(spec, nowMs);
    this.#contents.set(spec.key, content);
    if (content.hashes !== undefined) {
      for (const link of this.links) this.#openOn(link, content);
    }
    return content;
  }

  /** Closes a content: its requests, fetches and channels end. */
  close(content: Content, nowMs: number): void {
    for (const key of content.keys) this.#contents.delete(key);
    this.#origin.drop(content, nowMs, this.#act);
    this.#haves.drop(content);
    for (const link of this.links) {
      this.#requests.drop(link, content);
      this.#uploads.cancel(link, content, 0, content.leaves);
      this.#messages.unmatch(link, content);
      const channel = link.channels.get(content);
      if (channel === undefined) continue;
      link.channels.delete(content);
      this.#links.send(link, { type: "close", channel });
    }
  }

  /** Marks leaves as held that were verified before, such as those found on disk. */
  addHeld(content: Content, from: number, until: number, nowMs: number): void {
    content.held.add(from, until);
    this.#haves.add(content, { from, until }, nowMs);
  }

  /** Peers that can be dialled and announce this content. */
  addPeers(content: Content | undefined, peers: readonly PeerAddress[]): void {
    if (content !== undefined && peers.length > 0) content.othersKnown = true;
    this.#members.add(peers);
  }

  /** Peers that have left. */
  dropPeers(ids: readonly string[]): void {
    this.#members.drop(ids);
  }

  /**
   * The root of a provisional content is known. Nothing changes for its chunks
   * if the hashes prove it.
   *
   * @returns false if they do not: the caller must throw the content away
   */
  rebind(content: Content, root: string): boolean {
    if (content.hashes?.rebind(Uint8Array.fromHex(root)) !== true) return false;
    content.key = root;
    content.keys.add(root);
    this.#contents.set(root, content);
    for (const link of this.links) this.#messages.match(link, content);
    return true;
  }

  // ---- links --------------------------------------------------------------

  /** A connection is up. `lan`: on this machine or network. */
  handleLinkOpen(
    number: number,
    side: { outgoing: boolean; lan: boolean },
  ): void {
    const link = this.#links.add(number, side);
    if (link === undefined) return;
    for (const content of this.contents) {
      if (content.hashes !== undefined) this.#openOn(link, content);
    }
  }

  /** A connection has ended, whoever ended it. */
  handleLinkClosed(number: number, nowMs: number): void {
    const link = this.#links.remove(number, nowMs);
    if (link === undefined) return;
    this.#uploads.sent(link);
    this.#haves.drop(link);
    for (const content of this.contents) this.#requests.drop(link, content);
  }

  /** A dial asked for by a `dial` action did not succeed. */
  handleDialFailed(peerId: string, nowMs: number): void {
    this.#members.dialFailed(peerId, nowMs);
  }

  /** A frame came in on a link. A malformed one ends the link. */
  handleFrame(number: number, frame: Uint8Array, nowMs: number): void {
    const link = this.#links.get(number);
    if (link === undefined) return;
    try {
      const message = decodeMessage(frame);
      if (message !== undefined) this.#messages.handle(link, message, nowMs);
    } catch (error) {
      if (!(error instanceof AlluviumError)) throw error;
      this.#links.ban(link, error.message);
    }
  }

  /** The piece of an `upload` action has left, or could not be read (`bytes` 0). */
  handleSent(number: number, bytes: number): void {
    const link = this.#links.byNumber.get(number);
    if (link === undefined) return;
    link.sentBytes += bytes;
    this.stats.bytesToPeers += bytes;
    this.#uploads.sent(link);
  }

  // ---- gateway and origin -------------------------------------------------

  /** The gateway granted leaves `from` to `until` from `source`. */
  handleLease(
    content: Content,
    lease: { from: number; until: number; source: string },
  ): void {
    if (lease.from < lease.until && lease.until <= content.leaves) {
      this.#origin.handleLease(content, lease);
    }
  }

  /** The gateway grants nothing until `untilMs`. */
  handleWait(content: Content, untilMs: number): void {
    this.#origin.handleWait(content, untilMs);
  }

  /**
   * A fetch has its answer. `offset`: the first byte that will come, which is 0
   * where the source ignored the Range.
   */
  handleFetchStarted(id: number, offset: number): void {
    const fetch = this.#origin.fetches.get(id);
    if (fetch === undefined || offset === fetch.from * LEAF_BYTES) return;
    fetch.next = Math.floor(offset / LEAF_BYTES);
    if (fetch.source !== fetch.content.url) return;
    fetch.content.rangeless = true;
    fetch.until = fetch.content.leaves;
  }

  /** Bytes of a fetch, in order. */
  handleFetchData(id: number, bytes: Uint8Array, nowMs: number): void {
    const fetch = this.#origin.fetches.get(id);
    if (fetch === undefined) return;
    if (!this.#intake.fromFetch(fetch, bytes, nowMs)) return;
    if (fetch.next < fetch.until) return;
    this.#act({ type: "abort", fetch: id });
    this.handleFetchEnd(id, nowMs);
  }

  /** A fetch has ended; it succeeded if all of its leaves came. */
  handleFetchEnd(id: number, nowMs: number): void {
    const fetch = this.#origin.fetches.get(id);
    if (fetch === undefined) return;
    this.#origin.end(fetch, fetch.next >= fetch.until, nowMs, this.#act);
  }

  // ---- polls --------------------------------------------------------------

  /** What to do now. Call after every event and when the timeout has passed. */
  poll(nowMs: number): Action[] {
    for (const content of this.#inOrder(nowMs)) {
      this.#requests.expire(content, nowMs);
      this.#planPeers(content, nowMs);
      this.#askHashes(content, nowMs);
      this.#planOrigin(content, nowMs);
    }
    this.#haves.flush(nowMs);
    this.#startUploads(nowMs);
    for (const peer of this.#members.toDial(nowMs, this.#options.random)) {
      this.#act({ type: "dial", peer });
    }
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  /** When to call {@linkcode poll} next though nothing happens, in ms since the epoch; Infinity for never. */
  pollTimeout(nowMs: number): number {
    const wanting = this.contents.some((content) => content.wanting);
    return Math.min(
      wanting ? nowMs + TICK_MS : Infinity,
      this.#haves.nextMs(),
      this.#uploads.nextMs(this.links),
      this.#members.nextDialMs(),
    );
  }

  // ---- inside -------------------------------------------------------------

  readonly #act = (action: Action): void => {
    this.#actions.push(action);
  };

  #openOn(link: Link, content: Content): void {
    this.#links.openOn(link, content);
    this.#messages.match(link, content);
  }

  /** Contents that want something, the soonest to play first. */
  #inOrder(nowMs: number): Content[] {
    const start = (content: Content) =>
      content.playhead?.atMs ?? (content.bulk ? Infinity : nowMs);
    return this.contents.filter((content) => content.wanting)
      .sort((a, b) => start(a) - start(b));
  }

  #planPeers(content: Content, nowMs: number): void {
    if (content.hashes === undefined) return;
    const links = this.links.filter((link) =>
      !link.closing && link.holds(content) !== undefined
    );
    planPeerRequests(content, links, nowMs, this.#options.random, (choice) => {
      this.#requests.ask(choice, nowMs);
    });
  }

  #planOrigin(content: Content, nowMs: number): void {
    const links = this.links;
    this.#origin.plan(content, {
      nowMs,
      selfId: this.#options.id,
      members: [...this.#members.ids()],
      obtainable: (content, run) => obtainable(links, content, run),
      act: this.#act,
    });
  }

  #askHashes(content: Content, nowMs: number): void {
    if (content.hashes === undefined || content.hashes.complete) return;
    if (nowMs - content.hashesAskedMs < HASHES_RETRY_MS) return;
    for (const run of content.needed()) {
      if (content.judges(run.from, run.until)) continue;
      content.hashesAskedMs = nowMs;
      const { from } = chunkOf(run.from, HASHES_RUN_LEAVES);
      const count = Math.min(HASHES_RUN_LEAVES, content.leaves - from);
      return this.#act({ type: "hashes", content, from, count });
    }
  }

  /** A fetch is over because a byte of it was wrong. */
  #handleSpoiled(fetch: Fetch, leaf: number, nowMs: number): void {
    const { id, content, source } = fetch;
    this.#act({ type: "abort", fetch: id });
    this.#origin.end(fetch, false, nowMs, this.#act);
    this.#act({ type: "mismatch", content, source, leaf });
  }

  #startUploads(nowMs: number): void {
    const links = this.links;
    for (;;) {
      const piece = this.#uploads.next(links, nowMs);
      if (piece === undefined) return;
      const { link, ...run } = piece;
      const channel = link.channels.get(piece.content);
      if (channel === undefined) this.#uploads.sent(link);
      else this.#act({ type: "upload", link: link.id, channel, ...run });
    }
  }
}

/** Whether a peer that delivers holds the run. */
function obtainable(
  links: readonly Link[],
  content: Content,
  run: NeededRun,
): boolean {
  if (content.availability[run.from] === 0) return false;
  return links.some((link) =>
    !link.snubbed && !link.closing &&
    link.holds(content)?.hasAll(run.from, run.until)
  );
}
