/**
 * The swarm engine: decides what to ask whom, and when. It has four kinds of
 * method and no other: getters; commands; `handle…`, something came in; and
 * `poll…`, what must go out and when to wake next. It opens no socket, reads no
 * clock, sets no timer: the same code runs in the program and in the simulator.
 *
 * Incoming events only change state. Decisions are made in {@linkcode
 * SwarmEngine.poll}, always in one order: for each content late requests,
 * requests to peers, hashes and the origin; then peers told of, announcements,
 * uploads, dials. Each of these is a file of its own; this one only joins them.
 *
 * What it promises: nothing that fails its hash is stored, played or passed on;
 * a peer that sends such a thing is banned for the session.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { type Action, newStats, type SwarmStats } from "./actions.ts";
import { Company } from "./company.ts";
import type { Content, ContentSpec } from "./content.ts";
import { ContentTable } from "./content_table.ts";
import { hashesToAsk } from "./hash_plan.ts";
import { Haves } from "./haves.ts";
import { Intake } from "./intake.ts";
import { Introductions } from "./introductions.ts";
import { isUndialled, type Link, type LinkSide } from "./link.ts";
import { LinkMessages } from "./link_messages.ts";
import { LinkTable, type Self } from "./link_table.ts";
import { Members, type PeerAddress } from "./members.ts";
import { decodeMessage, type PeerMessage } from "./messages.ts";
import { Origin } from "./origin.ts";
import { contentsDue, nextPlanMs } from "./planning.ts";
import { RequestLedger } from "./request_ledger.ts";
import { Uploads } from "./uploads.ts";
import { isShort } from "./zones.ts";

/** What "no upload limit" is told as: a terabyte a second. */
const CAPACITY_UNLIMITED = 2 ** 40;

/** Settings of an engine. */
export interface SwarmOptions {
  /** Our id: 32 hex digits, random per run. */
  id: string;
  /** Our peer port as others can dial it, 0 for none; what it is by a family may change: links made from then on are told. */
  port: Self["port"];
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
  readonly stats: SwarmStats = newStats();
  /** What goes out, and its limit. Links made from now on are told of a new one. */
  readonly uploads: Uploads;
  readonly #options: SwarmOptions;
  readonly #contents = new ContentTable();
  readonly #members: Members;
  readonly #links: LinkTable;
  readonly #origin = new Origin();
  readonly #requests: RequestLedger;
  readonly #haves: Haves;
  readonly #intake: Intake;
  readonly #introductions: Introductions;
  readonly #messages: LinkMessages;
  #actions: Action[] = [];

  /**
   * An engine with nothing open.
   *
   * @param options see {@linkcode SwarmOptions}
   */
  constructor(options: SwarmOptions) {
    const { id, share, random, uploadBytesPerSecond } = options;
    this.#options = options;
    this.#members = new Members(id);
    this.uploads = new Uploads(uploadBytesPerSecond);
    const capacity = () => this.capacity;
    const port = share ? options.port : 0;
    this.#links = new LinkTable({
      self: { id, port, capacity },
      members: this.#members,
      act: this.#act,
      gone: (link, nowMs) => this.#linkGone(link, nowMs),
    });
    const [links, uploads] = [this.#links, this.uploads];
    const send = (link: Link, message: PeerMessage) =>
      links.send(link, message);
    this.#requests = new RequestLedger(links, send);
    this.#haves = new Haves({ share, links, uploads, send });
    this.#intake = new Intake({
      stats: this.stats,
      requests: this.#requests,
      haves: this.#haves,
      act: this.#act,
      ban: (link, why, nowMs) => this.#links.ban(link, why, nowMs),
      spoiled: (fetch, leaf, nowMs) =>
        this.#origin.spoil(fetch, leaf, nowMs, this.#act),
    });
    this.#introductions = new Introductions({
      ...{ selfId: id, share, random, links },
      members: this.#members,
      contents: () => this.#contents.all(),
      act: this.#act,
      match: (link, content) => this.#messages.match(link, content),
      welcome: (link) => this.#messages.welcome(link),
    });
    this.#messages = new LinkMessages({
      ...{ share, links, uploads },
      introductions: this.#introductions,
      requests: this.#requests,
      haves: this.#haves,
      intake: this.#intake,
      content: (key) => this.#contents.get(key),
    });
  }

  // ---- getters ------------------------------------------------------------

  /** The open contents. */
  get contents(): Content[] {
    return [...this.#contents.all()];
  }

  /** The links that are up, those without a hello included. */
  get links(): readonly Link[] {
    return this.#links.all();
  }

  /** Upload capacity as others are told, bytes per second; 0 when nothing is shared. */
  get capacity(): number {
    const limit = this.uploads.limitBytesPerSecond;
    return this.#options.share
      ? Math.round(Math.min(limit, CAPACITY_UNLIMITED))
      : 0;
  }

  /** The content of this name, current or former. */
  content(key: string): Content | undefined {
    return this.#contents.get(key);
  }

  // ---- commands -----------------------------------------------------------

  /**
   * Opens a content, or returns the one already open under this key.
   *
   * @throws {AlluviumError} `busy` when too many are open, `content-mismatch`
   *   when the key is open with another length
   * @throws {RangeError} when the length is that of no file
   */
  open(spec: ContentSpec, nowMs: number): Content {
    const known = this.#contents.find(spec);
    const content = known ?? this.#contents.add(spec, nowMs);
    const enrolled = this.#introductions.enrol(content, spec.station);
    if (enrolled || known === undefined) this.#introductions.offer(content);
    return content;
  }

  /** Closes a content: its requests, fetches and channels end. */
  close(content: Content, nowMs: number): void {
    if (!this.#contents.remove(content)) return;
    this.#origin.drop(content, nowMs, this.#act);
    this.#haves.dropContent(content);
    for (const link of this.links) {
      this.#requests.drop(link, content);
      this.uploads.cancel(link, content, 0, content.leaves);
      this.#messages.unmatch(link, content);
      this.#links.closeOn(link, content);
    }
    this.#introductions.closed(content, nowMs);
  }

  /** Marks leaves as held that were verified before, such as those found on disk. */
  addHeld(content: Content, from: number, until: number, nowMs: number): void {
    content.held.add(from, until);
    this.#haves.add(content, { from, until }, nowMs);
    for (const chunk of [...content.requests.keys()]) {
      this.#requests.settle(content, chunk, nowMs);
    }
  }

  /** Peers that can be dialled and announce a content, or are of a station. */
  addPeers(
    to: Content | string,
    peers: readonly PeerAddress[],
    nowMs: number,
  ): void {
    this.#introductions.named(to, peers, nowMs);
  }

  /** Peers that take part in a content no more. Those of the station's other contents stay. */
  dropPeers(content: Content, ids: readonly string[]): void {
    this.#introductions.left(content, ids);
  }

  /**
   * The root of a provisional content is known. Nothing changes for its chunks
   * if the hashes prove it.
   *
   * @returns false if they do not: the caller must throw the content away
   */
  rebind(content: Content, root: string): boolean {
    if (content.hashes?.rebind(Uint8Array.fromHex(root)) !== true) return false;
    if (this.#contents.rename(content, root)) {
      this.#introductions.offer(content);
    }
    return true;
  }

  // ---- links --------------------------------------------------------------

  /** A connection is up. */
  handleLinkOpen(number: number, side: LinkSide, nowMs: number): void {
    const link = this.#links.add(number, side, nowMs);
    if (link === undefined) return;
    this.#introductions.greet(link, side.dialled?.id ?? "", nowMs);
  }

  /** A peer that dialled us answers at its address: a `probe` came back. */
  handleProbed(number: number, peer: PeerAddress, nowMs: number): void {
    this.#introductions.exchange.handleProbed(number, peer, nowMs);
  }

  /** A connection has ended, whoever ended it. */
  handleLinkClosed(number: number, nowMs: number): void {
    const link = this.#links.get(number);
    if (link !== undefined) this.#links.remove(link, nowMs);
  }

  /** A dial asked for by a `dial` action did not succeed. */
  handleDialFailed(peerId: string, nowMs: number): void {
    this.#introductions.dialFailed(peerId, nowMs);
  }

  /** A frame came in on a link, with the SHA-256 of the leaves it brings, 32 bytes each, where that was computed already. A malformed one ends the link. */
  handleFrame(
    number: number,
    frame: Uint8Array,
    nowMs: number,
    leafHashes?: Uint8Array,
  ): void {
    const link = this.#links.get(number);
    if (link === undefined) return;
    try {
      const message = decodeMessage(frame);
      if (message === undefined) return;
      this.#messages.handle(link, message, nowMs, leafHashes);
    } catch (error) {
      if (!(error instanceof AlluviumError)) throw error;
      this.#links.ban(link, error.message, nowMs);
    }
  }

  /** The oldest piece of a link's `upload` actions has left, or could not be read (`bytes` 0). */
  handleSent(number: number, bytes: number): void {
    const link = this.#links.get(number);
    if (link === undefined) return;
    const piece = this.uploads.sent(link);
    this.stats.bytesToPeers += bytes;
    if (piece === undefined) return;
    const { content, from, until } = piece;
    if (bytes === 0) this.#messages.refuse(piece);
    // It will say so itself; until then others are served what nobody has.
    else if (link.shares(content)) link.announce(content, from, until);
  }

  // ---- gateway and origin -------------------------------------------------

  /** The gateway granted leaves `from` to `until` from `source`. */
  handleLease(
    content: Content,
    lease: { from: number; until: number; source: string },
  ): void {
    const { from, until } = lease;
    if (!this.#contents.has(content)) return;
    if (from >= 0 && from < until && until <= content.leaves) {
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
    if (fetch !== undefined) this.#origin.handleStarted(fetch, offset);
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
    const how = fetch.next >= fetch.until ? "ok" : "failed";
    this.#origin.end(fetch, how, nowMs, this.#act);
  }

  // ---- polls --------------------------------------------------------------

  /** What to do now. Call after every event and when the timeout has passed. */
  poll(nowMs: number): Action[] {
    this.#links.expire(nowMs);
    const undialled = isUndialled(this.links);
    this.#requests.expireUnwanted(this.#contents.all(), nowMs);
    this.#origin.endUnwanted(nowMs, this.#act);
    for (const content of contentsDue(this.#contents.all(), nowMs)) {
      content.planned(nowMs, undialled);
      this.#requests.expire(content, nowMs);
      this.#requests.plan(content, nowMs, this.#options.random);
      const hashes = hashesToAsk(content, nowMs);
      if (hashes !== undefined) this.#act(hashes);
      this.#planOrigin(content, nowMs);
    }
    this.#introductions.flush(nowMs);
    this.#haves.flush(nowMs);
    this.#startUploads(nowMs);
    this.#members.short = isShort(this.#contents.all(), undialled, nowMs);
    for (const peer of this.#members.toDial(nowMs, this.#options.random)) {
      this.#act({ type: "dial", peer });
    }
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  /** When to call {@linkcode poll} next though nothing happens, in ms since the epoch; Infinity for never. */
  pollTimeout(nowMs: number): number {
    return Math.min(
      nextPlanMs(this.#contents.all()),
      this.#links.nextMs(),
      this.#haves.nextMs(),
      this.#introductions.nextMs(),
      this.uploads.nextMs(nowMs),
      this.#members.nextDialMs(),
    );
  }

  // ---- inside -------------------------------------------------------------

  readonly #act = (action: Action): void => {
    this.#actions.push(action);
  };

  #linkGone(link: Link, nowMs: number): void {
    this.#introductions.dropLink(link, nowMs);
    this.uploads.drop(link);
    this.#haves.dropLink(link);
    const banned = this.#members.isBanned(link.peerId);
    for (const content of this.#contents.all()) {
      this.#requests.drop(link, content);
      if (banned) content.members.delete(link.peerId);
      if (banned) content.heard.delete(link.peerId);
    }
  }

  #planOrigin(content: Content, nowMs: number): void {
    this.#origin.plan(content, {
      nowMs,
      selfId: this.#options.id,
      capacity: this.capacity,
      company: new Company(content, this.links, nowMs),
      act: this.#act,
    });
  }

  #startUploads(nowMs: number): void {
    for (;;) {
      const piece = this.uploads.next(nowMs);
      if (piece === undefined) return;
      const { link, ...run } = piece;
      // Requests of a content go with its channel, so there is one.
      const channel = link.channel(piece.content)!;
      this.#act({ type: "upload", link: link.id, channel, ...run });
    }
  }
}
