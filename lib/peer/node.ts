/**
 * A listener's place in the swarm: owns the engine and carries out what it
 * decides, with WebSockets, HTTP, a cache folder and a clock. Files are opened
 * here; everything else of the program sees only files and figures.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AlluviumError, toAlluviumError } from "../errors.ts";
import { LEAF_BYTES } from "../hashtree/geometry.ts";
import { Front } from "../http/front.ts";
import { CONTENTS_SHARED_MAX } from "../limits.ts";
import type { Log } from "../log.ts";
import type { Action } from "../swarm/actions.ts";
import type { Content, ContentSpec } from "../swarm/content.ts";
import { SwarmEngine } from "../swarm/engine.ts";
import { encodeMessage } from "../swarm/messages.ts";
import { ChunkStore } from "./chunk_store.ts";
import { Gateways } from "./gateways.ts";
import { Holding } from "./holding.ts";
import { PeerLinks } from "./links.ts";
import { type FileRequest, Opening, plainSpec } from "./opening.ts";
import { fetchRange } from "./range_fetch.ts";
import { peerRoutes, peerSockets } from "./routes.ts";
import { SwarmFile } from "./swarm_file.ts";

/** How often what is held is recorded on disk. */
const SAVE_MS = 2_000;

/** Wrong bytes from one source in a row after which a file is given up. */
const SPOILED_MAX = 3;

/** Bytes per second assumed where the duration is unknown: 320 kbit/s. */
const RATE_UNKNOWN = 40_000;

/** Settings of a node. */
export interface PeerNodeOptions {
  clock: Clock;
  log: Log;
  /** A number in [0, 1). */
  random: () => number;
  /** Cache folder; undefined keeps everything in memory. */
  cacheFolder: string | undefined;
  /** Bytes the cache may take beside what is open. */
  cacheBytes: number;
  /** Peer port; 0 for any free one. Another free one is taken where it is in use. */
  port: number;
  /** Address the peer port is bound to. @default {"0.0.0.0"} */
  hostname?: string;
  /** False: nothing is announced, sent or listed, and no port is opened. */
  share: boolean;
  /** Upload limit to peers outside the local network, bytes per second. */
  uploadBytesPerSecond: number;
  /** Gateways to use instead of the playlists' own. */
  gateways?: string[];
}

/** How a file will be used. */
export interface NodeOpenOptions {
  /** The playlist's gateways. */
  gateways: string[];
  /** When its first needed byte plays, in ms since the epoch. */
  startMs: number;
  /** Where in the file reading starts, 0 to 1. */
  fromFraction: number;
  signal: AbortSignal;
}

/** Figures of a node since it started, in bytes unless said. */
export interface NodeStatus {
  /** Links that are up. */
  peers: number;
  /** Whether a gateway could dial us; absent while none has tried. */
  reachable?: boolean;
  bytesFromPeers: number;
  bytesFromOrigin: number;
  bytesToPeers: number;
  duplicateBytes: number;
  badChunks: number;
  deadlineMisses: number;
}

/** One listener's node. */
export class PeerNode {
  /** Random per run, 32 hex digits. */
  readonly id: string;
  readonly #options: PeerNodeOptions;
  readonly #engine: SwarmEngine;
  readonly #links: PeerLinks;
  readonly #gateways: Gateways;
  readonly #opening: Opening;
  readonly #store: ChunkStore;
  readonly #holdings = new Map<Content, Holding>();
  readonly #fetches = new Map<number, AbortController>();
  #front: Front | undefined;
  #cancelTimer: () => void = () => {};
  #cancelSave: () => void = () => {};
  #woken = false;
  #closed = false;

  private constructor(
    options: PeerNodeOptions,
    store: ChunkStore,
    id: string,
    port: number,
  ) {
    const { share, uploadBytesPerSecond, random, clock, log } = options;
    this.#options = options;
    this.#store = store;
    this.id = id;
    const engine = new SwarmEngine({
      id,
      port,
      uploadBytesPerSecond,
      share,
      random,
    });
    this.#engine = engine;
    this.#links = new PeerLinks(clock, this.#linkEvents());
    this.#gateways = new Gateways({
      engine,
      clock,
      log,
      hello: () => ({ id, port, capacity: engine.capacity, share }),
      holdings: () => this.#holdings.values(),
      wake: () => this.#wake(),
      hashesCame: (holding) => void this.#checkClaims(holding),
      rooted: (holding, old) => this.#rooted(holding, old),
      forsaken: (holding) => void this.#goOnAlone(holding),
      rejoin: (holding) => void this.#opening.rejoin(holding, holding.gateway!),
    });
    this.#opening = new Opening({
      clock,
      log,
      gateways: this.#gateways,
      find: (request) => this.#find(request),
      hold: (spec) => this.#hold(spec),
      hashesCame: (holding) => this.#checkClaims(holding),
    });
  }

  /**
   * Starts a node: opens the cache and, if it shares, the peer port. A port that
   * cannot be opened is a warning: the node then dials out only.
   */
  static async start(options: PeerNodeOptions): Promise<PeerNode> {
    const { cacheFolder, cacheBytes, log } = options;
    const store = await ChunkStore.open({
      folder: cacheFolder,
      budgetBytes: cacheBytes,
      log,
    });
    const id = crypto.getRandomValues(new Uint8Array(16)).toHex();
    // The port must be known before the engine says hello, and the routes need
    // the node: they reach it once it is there.
    let node: PeerNode | undefined;
    const front = options.share
      ? await listen(options, id, () => node)
      : undefined;
    node = new PeerNode(options, store, id, front?.port ?? 0);
    node.#front = front;
    node.#scheduleSave();
    return node;
  }

  /** The peer port; 0 when none is open. */
  get port(): number {
    return this.#front?.port ?? 0;
  }

  /** Changes the upload limit, before links and gateways are dialled: they are told it once. */
  limitUploads(bytesPerSecond: number): void {
    this.#engine.limitUploads(bytesPerSecond);
  }

  /**
   * Opens a file: resolves as soon as its length is known and its bytes can be
   * judged, long before they are here.
   *
   * @throws AlluviumError `media-unreachable`, `media-rejected`, `media-changed`
   * @throws the signal's reason when it aborts
   */
  async open(
    item: FileRequest,
    options: NodeOpenOptions,
  ): Promise<SwarmFile> {
    const { gateways, startMs, fromFraction, signal } = options;
    const holding = await this.#open(item, gateways, fromFraction, signal);
    const file = new SwarmFile(item.url, holding);
    const length = file.size;
    file.setPlayhead({
      offset: Math.floor(fromFraction * length),
      atMs: startMs,
      bytesPerSecond: item.durationMs === undefined
        ? RATE_UNKNOWN
        : length * 1000 / item.durationMs,
    });
    return file;
  }

  /** Opens a file to be downloaded whole; nothing is asked for until `whole()`. */
  async openWhole(
    item: FileRequest,
    gateways: string[],
    signal: AbortSignal,
  ): Promise<SwarmFile> {
    const holding = await this.#open(item, gateways, 0, signal);
    return new SwarmFile(item.url, holding);
  }

  /** What was fetched and given so far. */
  status(): NodeStatus {
    const { reachable } = this.#gateways;
    return {
      peers: this.#engine.links.filter((link) => link.open).length,
      ...(reachable === undefined ? {} : { reachable }),
      ...this.#engine.stats,
    };
  }

  /** The bytes of a content that is held whole or in part, for `/uri-res/N2R`. */
  holding(key: string): Holding | undefined {
    const content = this.#engine.content(key);
    return content?.hashes === undefined
      ? undefined
      : this.#holdings.get(content);
  }

  /** A peer dialled us. */
  accept(...args: Parameters<PeerLinks["accept"]>): void {
    this.#links.accept(...args);
  }

  /** Says goodbye to everyone, records what is held, leaves nothing open. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelTimer();
    this.#cancelSave();
    const bye = encodeMessage({ type: "bye" });
    for (const link of this.#engine.links) this.#links.send(link.id, bye);
    for (const fetch of this.#fetches.values()) fetch.abort();
    this.#gateways.close();
    await this.#links.closeAll();
    await this.#front?.close();
    await this.#save();
    await this.#store.close();
    for (const { stored } of this.#holdings.values()) await stored.close();
  }

  async #open(
    item: FileRequest,
    gateways: string[],
    fraction: number,
    signal: AbortSignal,
  ): Promise<Holding> {
    const ours = this.#options.gateways ?? gateways;
    const holding = await this.#opening.open(item, ours, fraction, signal);
    if (holding.failure !== undefined) throw holding.failure;
    return holding;
  }

  // ---- holdings -----------------------------------------------------------

  #find({ url, root, length }: FileRequest): Holding | undefined {
    for (const holding of this.#holdings.values()) {
      if (holding.failure !== undefined) continue;
      const { content } = holding;
      const same = root === undefined || length === undefined
        ? holding.url === url
        : content.hashes !== undefined && content.keys.has(root) &&
          content.length === length;
      if (same) return holding;
    }
    return undefined;
  }

  async #hold(spec: ContentSpec): Promise<Holding> {
    const { stored, claimed } = spec.trust === "none"
      ? { stored: await this.#store.temporary(spec.length), claimed: [] }
      : await this.#store.content(spec.key, spec.length);
    const content = this.#engine.open(spec, this.#options.clock.now());
    const known = this.#holdings.get(content);
    if (known !== undefined) return known;
    const holding = new Holding(content, stored, spec.url, {
      now: () => this.#options.clock.now(),
      wake: () => this.#wake(),
      idle: () => void this.#releaseOldest(),
    });
    holding.claimed = claimed;
    this.#holdings.set(content, holding);
    return holding;
  }

  /** Hashes what an earlier run left on disk, as far as its hashes are known. */
  async #checkClaims(holding: Holding): Promise<void> {
    const { content, stored } = holding;
    const open: typeof holding.claimed = [];
    for (const { from, until } of holding.claimed.splice(0)) {
      for (let leaf = from; leaf < until; leaf++) {
        if (content.hashes?.has(leaf) !== true) {
          open.push({ from: leaf, until: leaf + 1 });
          continue;
        }
        const bytes = await stored.read(leaf * LEAF_BYTES, LEAF_BYTES)
          .catch(() => new Uint8Array());
        if (!content.hashes.verifyLeaf(leaf, bytes)) continue;
        const now = this.#options.clock.now();
        this.#engine.addHeld(content, leaf, leaf + 1, now);
        holding.advance(leaf, leaf + 1);
      }
    }
    holding.claimed.push(...open);
    this.#wake();
  }

  #rooted(holding: Holding, old: string): void {
    const { key, length } = holding.content;
    void this.#store.rename(old, key, length);
  }

  /**
   * A gateway is gone. If its hashes were all that made bytes judgeable, they
   * are looked for beside the file; else the file is read as a plain download.
   */
  async #goOnAlone(holding: Holding): Promise<void> {
    const { content } = holding;
    if (content.hashes === undefined || content.hashes.complete) return;
    const found = await this.#opening.findTree(
      holding,
      AbortSignal.timeout(SAVE_MS),
    );
    if (found || content.gateway === "ready" || this.#closed) return;
    if (holding.content !== content) return;
    const spec = plainSpec({ url: holding.url }, content.length);
    const now = this.#options.clock.now();
    const plain = this.#engine.open(
      { ...spec, chunkLeaves: content.chunkLeaves },
      now,
    );
    this.#holdings.delete(content);
    this.#holdings.set(plain, holding);
    holding.switchTo(plain);
    this.#engine.close(content, now);
  }

  /** Files that were played stay open for others, up to a number. */
  async #releaseOldest(): Promise<void> {
    const idle = [...this.#holdings.values()]
      .filter((holding) => holding.users === 0)
      .sort((a, b) => a.idleSinceMs - b.idleSinceMs);
    const spare = idle.filter(({ content, failure }) =>
      content.hashes === undefined || failure !== undefined
    );
    const over = idle.slice(0, Math.max(0, idle.length - CONTENTS_SHARED_MAX));
    for (const holding of new Set([...spare, ...over])) {
      await this.#release(holding);
    }
  }

  async #release(holding: Holding): Promise<void> {
    const { content, gateway, gatewayKey: key, stored } = holding;
    this.#holdings.delete(content);
    if (key !== undefined) gateway?.send({ t: "leave", key });
    this.#engine.close(content, this.#options.clock.now());
    if (content.hashes === undefined) return await stored.close();
    await this.#store.saveHave(content.key, content.length, content.held);
    await this.#store.release(content.key, content.length);
  }

  #scheduleSave(): void {
    this.#cancelSave = this.#options.clock.timer(SAVE_MS, async () => {
      await this.#save();
      if (!this.#closed) this.#scheduleSave();
    });
  }

  async #save(): Promise<void> {
    for (const holding of this.#holdings.values()) {
      const { content } = holding;
      if (content.hashes === undefined) continue;
      if (content.held.count === holding.savedCount) continue;
      holding.savedCount = content.held.count;
      await this.#store.saveHave(content.key, content.length, content.held);
    }
  }

  // ---- driving the engine -------------------------------------------------

  #linkEvents(): ConstructorParameters<typeof PeerLinks>[1] {
    const now = () => this.#options.clock.now();
    return {
      open: (number, side) => {
        this.#engine.handleLinkOpen(number, side);
        this.#wake();
      },
      frame: (number, frame) => {
        this.#engine.handleFrame(number, frame, now());
        this.#wake();
      },
      closed: (number) => {
        this.#engine.handleLinkClosed(number, now());
        this.#wake();
      },
      dialFailed: (peerId) => {
        this.#engine.handleDialFailed(peerId, now());
        this.#wake();
      },
    };
  }

  /** Lets the engine think once what has come in this turn has been taken in. */
  #wake(): void {
    if (this.#woken || this.#closed) return;
    this.#woken = true;
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.timer(0, () => this.#think());
  }

  #think(): void {
    this.#woken = false;
    if (this.#closed) return;
    const { clock } = this.#options;
    for (const action of this.#engine.poll(clock.now())) this.#perform(action);
    if (this.#woken) return;
    const waitMs = this.#engine.pollTimeout(clock.now()) - clock.now();
    if (waitMs === Infinity) return;
    this.#cancelTimer = clock.timer(waitMs, () => this.#think());
  }

  #perform(action: Action): void {
    switch (action.type) {
      case "send":
        return this.#links.send(action.link, action.frame);
      case "upload":
        return void this.#upload(action);
      case "close":
        return this.#closeLink(action);
      case "dial":
        return this.#links.dial(action.peer);
      case "store":
        return this.#storeLeaves(action);
      case "fetch":
        return void this.#fetch(action);
      case "abort":
        return this.#fetches.get(action.fetch)?.abort();
      case "mismatch":
        return this.#spoiled(action);
      case "hashes":
        return this.#askHashes(action);
      case "lease":
      case "done": {
        const holding = this.#holdings.get(action.content);
        if (holding !== undefined) this.#gateways.perform(action, holding);
      }
    }
  }

  #askHashes(action: Action & { type: "hashes" }): void {
    const holding = this.#holdings.get(action.content);
    if (holding === undefined) return;
    if (holding.content.gateway === "ready") {
      this.#gateways.perform(action, holding);
    } else void this.#goOnAlone(holding);
  }

  #closeLink({ link, ban }: Action & { type: "close" }): void {
    if (ban !== undefined) {
      this.#options.log("warn", `A peer is banned: ${ban}`);
    }
    this.#links.close(link, ban !== undefined);
  }

  #storeLeaves({ content, from, bytes }: Action & { type: "store" }): void {
    const holding = this.#holdings.get(content);
    if (holding === undefined) return;
    holding.store(from, bytes);
    const share = content.held.count / content.leaves;
    if (share < 1 && share - holding.toldShare < 0.1) return;
    const { gateway, gatewayKey: key } = holding;
    if (key === undefined || holding.toldShare === share) return;
    holding.toldShare = share;
    gateway?.send({ t: "share", key, share });
  }

  async #upload(action: Action & { type: "upload" }): Promise<void> {
    const { link, content, channel, from, until } = action;
    const stored = this.#holdings.get(content)?.stored;
    let sent = 0;
    try {
      const length = (until - from) * LEAF_BYTES;
      const bytes = await stored?.read(from * LEAF_BYTES, length);
      if (bytes !== undefined) {
        const frame = encodeMessage({ type: "data", channel, from, bytes });
        this.#links.send(link, frame);
        sent = bytes.length;
        await this.#links.drained(link);
      }
    } catch (error) {
      this.#options.log("warn", "Cannot read the cache", { error });
    }
    this.#engine.handleSent(link, sent);
    this.#wake();
  }

  async #fetch(action: Action & { type: "fetch" }): Promise<void> {
    const { fetch: id, content, source, from, until } = action;
    const { clock } = this.#options;
    const abort = new AbortController();
    this.#fetches.set(id, abort);
    try {
      await fetchRange({
        url: source,
        start: from * LEAF_BYTES,
        end: Math.min(until * LEAF_BYTES, content.length),
        length: content.length,
        clock,
        signal: abort.signal,
        started: (offset) => this.#engine.handleFetchStarted(id, offset),
        data: (bytes) => {
          this.#engine.handleFetchData(id, bytes, clock.now());
          this.#wake();
        },
      });
    } catch (error) {
      if (!abort.signal.aborted) this.#fetchFailed(content, source, error);
    }
    this.#fetches.delete(id);
    this.#engine.handleFetchEnd(id, clock.now());
    this.#wake();
  }

  #fetchFailed(content: Content, source: string, error: unknown): void {
    const holding = this.#holdings.get(content);
    const known = toAlluviumError(error, "media-unreachable");
    if (holding === undefined) return;
    const { log } = this.#options;
    if (source !== content.url) {
      return log("debug", known.message, { url: source });
    }
    const peersHave = content.availability.some((count) => count > 0);
    if (known.code !== "media-unreachable" && !peersHave) {
      return holding.fail(known);
    }
    log("warn", known.message, { url: source });
  }

  /** A source gave bytes that are not the file's. */
  #spoiled({ content, source }: Action & { type: "mismatch" }): void {
    const holding = this.#holdings.get(content);
    if (holding === undefined) return;
    const { gateway, url } = holding;
    if (source !== url) {
      if (gateway === undefined) return;
      const why = `its copy of ${url} fails its hashes`;
      return this.#gateways.distrust(gateway, why);
    }
    if (++holding.spoiled < SPOILED_MAX) return;
    holding.fail(
      new AlluviumError(
        "media-changed",
        "Media file is not what its hash tree says: the file on the server has changed, or the playlist is older than it",
        { url },
      ),
    );
  }
}

async function listen(
  options: PeerNodeOptions,
  id: string,
  node: () => PeerNode | undefined,
): Promise<Front | undefined> {
  const { port, hostname = "0.0.0.0", clock, log } = options;
  try {
    return await Front.listen({
      routes: peerRoutes(id, node),
      sockets: peerSockets(node),
      hostname,
      port,
      fallbackPorts: true,
      allowedHosts: "any",
      clock,
      log,
    });
  } catch (error) {
    const why = toAlluviumError(error).message;
    log("warn", `${why}: others cannot dial this listener`);
    return undefined;
  }
}
