/**
 * A listener's place in the swarm: owns the engine, its hands, its cache and its
 * gateways, and turns the wheel. Files are opened here; everything else of the
 * program sees only files and figures.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Front } from "../http/front.ts";
import type { Log } from "../log.ts";
import { SwarmEngine } from "../swarm/engine.ts";
import { encodeMessage } from "../swarm/messages.ts";
import { ChunkStore } from "./chunk_store.ts";
import { Gateways } from "./gateways.ts";
import type { Holding } from "./holding.ts";
import { Holdings } from "./holdings.ts";
import { LeafThread } from "./leaf_thread.ts";
import { type LinkEvents, PeerLinks } from "./links.ts";
import { type FileRequest, Opening, plainSpec } from "./opening.ts";
import { Performer } from "./performer.ts";
import { Reachability } from "./reachability.ts";
import { ANY_ADDRESS, listenForPeers } from "./routes.ts";
import { HeldFile, type SwarmFile } from "./swarm_file.ts";

/** How long a `.tree` file is looked for when a gateway is gone. */
const TREE_SEARCH_MS = 3_000;

/** This long before it plays a file is opened, whether or not its gateway has hashed it. */
const OPEN_LEAD_MS = 3_000;

/** How long a download waits for a gateway that is still hashing: 75 MB at 20 Mbit/s. */
const WHOLE_PATIENCE_MS = 30_000;

/** Bytes per second assumed where the duration is unknown: 320 kbit/s. */
const RATE_UNKNOWN = 40_000;

/** Settings of a node. */
export interface PeerNodeOptions {
  /** Time, and waiting. */
  clock: Clock;
  /** What it says while it works. */
  log: Log;
  /** A number in [0, 1). */
  random: () => number;
  /** Cache folder; undefined keeps everything in memory. */
  cacheFolder: string | undefined;
  /** Bytes the cache may take beside what is open. */
  cacheBytes: number;
  /** Peer port; 0 for any free one. Another free one is taken where it is in use. */
  port: number;
  /** Address the peer port is bound to. @default {"::"} */
  hostname?: string;
  /** Look for listeners of the same stations on the local network, and be found. @default {false} */
  lan?: boolean;
  /** Ask the router to let others in. @default {false} */
  mapPort?: boolean;
  /** False: nothing is announced, sent or listed, and no port is opened. */
  share: boolean;
  /** Gateways may name us to everyone as a mirror of what we hold whole. @default {false} */
  public?: boolean;
  /** Upload limit to peers outside the local network, bytes per second. */
  uploadBytesPerSecond: number;
  /** Gateways to use instead of the playlists' own. */
  gateways?: string[];
}

/** How a file will be used. */
export interface NodeOpenOptions {
  /** The playlist's gateways. */
  gateways: string[];
  /** The station's name among peers, e.g. its playlist's URL: they learn of no other. @default {the file's URL} */
  station?: string;
  /** When its first needed byte plays, in ms since the epoch. */
  startMs: number;
  /** Where in the file reading starts, 0 to 1. */
  fromFraction: number;
  /** Gives the opening up. */
  signal: AbortSignal;
}

/** Figures of a node since it started, in bytes unless said. */
export interface NodeStatus {
  /** Links that are up. */
  peers: number;
  /** Whether a gateway could dial us; absent while none has tried. */
  reachable?: boolean;
  /** Received and verified, from listeners, relays and gateways. */
  bytesFromPeers: number;
  /** Received from the files' own web servers. */
  bytesFromOrigin: number;
  /** Given to others. */
  bytesToPeers: number;
  /** Received though held already or not asked for. */
  duplicateBytes: number;
  /** Chunks that failed their hash. */
  badChunks: number;
  /** Leaves that came after their time to play. */
  deadlineMisses: number;
}

/** One listener's node. */
export class PeerNode {
  /** Random per run, 32 hex digits. */
  readonly id: string;
  readonly #options: PeerNodeOptions;
  readonly #engine: SwarmEngine;
  readonly #links: PeerLinks;
  readonly #thread: LeafThread;
  readonly #gateways: Gateways;
  readonly #opening: Opening;
  readonly #holdings: Holdings;
  readonly #performer: Performer;
  readonly #reach: Reachability;
  #front: Front | undefined;
  #cancelThink: () => void = () => {};
  #woken = false;
  #closed = false;

  private constructor(
    options: PeerNodeOptions,
    thread: LeafThread,
    store: ChunkStore,
    id: string,
    port: number,
  ) {
    const { share, uploadBytesPerSecond, random, clock, log } = options;
    const self = { id, share, public: options.public };
    this.#options = options;
    this.id = id;
    const reach = new Reachability({
      ...{ clock, log, self: { id, port } },
      hostname: options.hostname ?? ANY_ADDRESS,
      lan: options.lan ?? false,
      mapPort: options.mapPort ?? false,
      found: (station, peer) => {
        engine.addPeers(station, [peer], clock.now());
        this.#wake();
      },
      mapped: () => this.#gateways.show(),
    });
    const engine: SwarmEngine = new SwarmEngine({
      id,
      port: (family) => reach.portBy(family),
      uploadBytesPerSecond,
      share,
      random,
    });
    const wake = () => this.#wake();
    const holdings = new Holdings(engine, store, clock, wake);
    const links = new PeerLinks(this.#linkEvents(engine), thread, clock);
    const gateways = new Gateways({
      engine,
      clock,
      log,
      hello: (family) => ({
        ...self,
        port: reach.portBy(family),
        capacity: engine.capacity,
      }),
      holdings: () => holdings.all(),
      wake,
      hashesCame: (holding) => void holdings.checkClaims(holding),
      rooted: (holding, old) => void holdings.rooted(holding, old),
      forsaken: (holding) => void this.#goOnAlone(holding),
      rejoin: (holding) => void this.#opening.rejoin(holding),
    });
    this.#engine = engine;
    this.#reach = reach;
    this.#holdings = holdings;
    this.#links = links;
    this.#thread = thread;
    this.#gateways = gateways;
    this.#opening = new Opening({ clock, log, gateways, holdings });
    this.#performer = new Performer({
      engine,
      links,
      gateways,
      holdings,
      reach,
      clock,
      log,
      wake,
      lost: (holding) => void this.#goOnAlone(holding),
    });
  }

  /**
   * Starts a node: opens the cache and, if it shares, the peer port. A port that
   * cannot be opened is a warning: the node then dials out only.
   */
  static async start(options: PeerNodeOptions): Promise<PeerNode> {
    const { cacheFolder, cacheBytes, clock, log } = options;
    const thread = new LeafThread(clock);
    const store = await ChunkStore.open({
      folder: cacheFolder,
      budgetBytes: cacheBytes,
      thread,
      log,
    });
    const id = crypto.getRandomValues(new Uint8Array(16)).toHex();
    // The port must be known before the engine says hello, and the routes need
    // the node: they reach it once it is there.
    const late: { node?: PeerNode } = {};
    const front = options.share
      ? await listenForPeers(options, {
        id,
        holding: (key) => late.node && late.node.#holding(key),
        uploads: () => late.node && late.node.#engine.uploads,
        accept: (request, address) => {
          if (late.node === undefined) request.socket.destroy();
          else late.node.#links.accept(request, address);
        },
      })
      : undefined;
    const node = new PeerNode(options, thread, store, id, front?.port ?? 0);
    late.node = node;
    node.#front = front;
    return node;
  }

  /** The peer port; 0 when none is open. */
  get port(): number {
    return this.#front?.port ?? 0;
  }

  /** Changes the upload limit, before links and gateways are dialled: they are told it once. */
  limitUploads(bytesPerSecond: number): void {
    this.#engine.uploads.limitBytesPerSecond = bytesPerSecond;
  }

  /**
   * Opens a file: resolves as soon as its length is known and its bytes can be
   * judged, long before they are here.
   *
   * @throws AlluviumError `media-unreachable`, `media-rejected`, `media-changed`
   * @throws the signal's reason when it aborts
   */
  async open(item: FileRequest, options: NodeOpenOptions): Promise<SwarmFile> {
    const { gateways, station, startMs, fromFraction, signal } = options;
    const use = {
      fraction: fromFraction,
      patienceUntilMs: startMs - OPEN_LEAD_MS,
    };
    const request = { ...item, ...(station ? { station } : {}) };
    const holding = await this.#open(request, gateways, use, signal);
    const file = new HeldFile(item.url, holding);
    file.setPlayhead({
      offset: Math.floor(fromFraction * file.size),
      atMs: startMs,
      bytesPerSecond: item.durationMs === undefined
        ? RATE_UNKNOWN
        : file.size * 1000 / item.durationMs,
    });
    return file;
  }

  /** Opens a file to be downloaded whole; nothing is asked for until `whole()`. */
  async openWhole(
    item: FileRequest,
    gateways: string[],
    signal: AbortSignal,
  ): Promise<SwarmFile> {
    const patienceUntilMs = this.#options.clock.now() + WHOLE_PATIENCE_MS;
    const use = { fraction: 0, patienceUntilMs };
    const holding = await this.#open(item, gateways, use, signal);
    return new HeldFile(item.url, holding);
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

  /** Who is linked at this moment, and what came from each, in bytes. */
  linkedPeers(): { id: string; bytesFrom: number }[] {
    return this.#engine.links.filter((link) => link.open)
      .map((link) => ({ id: link.peerId, bytesFrom: link.receivedBytes }));
  }

  /** How much of a content is held and can be given on, 0 to 1; undefined when it is not open here. */
  share(key: string): number | undefined {
    const held = this.#holding(key)?.content.held;
    return held === undefined ? undefined : held.count / held.size;
  }

  /** Says goodbye to everyone, records what is held, leaves nothing open. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelThink();
    const bye = encodeMessage({ type: "bye" });
    for (const link of this.#engine.links) this.#links.send(link.id, bye);
    this.#performer.close();
    this.#gateways.close();
    await this.#links.closeAll();
    await Promise.all([this.#front?.close(), this.#reach.close()]);
    await this.#holdings.close();
    this.#thread.end();
  }

  #holding(key: string): Holding | undefined {
    const content = this.#engine.content(key);
    return content?.hashes === undefined
      ? undefined
      : this.#holdings.of(content);
  }

  async #open(
    item: FileRequest,
    gateways: string[],
    use: { fraction: number; patienceUntilMs: number },
    signal: AbortSignal,
  ): Promise<Holding> {
    const ours = this.#options.gateways ?? gateways;
    const request = { station: item.url, ...item };
    this.#reach.hear(request.station);
    const holding = await this.#opening.open(request, ours, use, signal);
    if (holding.failure !== undefined) throw holding.failure;
    return holding;
  }

  /**
   * A gateway is gone. If its hashes were all that made bytes judgeable, they
   * are looked for beside the file; else the file is read as a plain download.
   */
  async #goOnAlone(holding: Holding): Promise<void> {
    const { content, url } = holding;
    if (content.hashes === undefined || content.hashes.complete) return;
    const search = AbortSignal.timeout(TREE_SEARCH_MS);
    const found = await this.#opening.findTree(holding, search)
      .catch(() => false);
    const settled = found || content.gateway === "ready";
    if (settled || this.#closed || holding.content !== content) return;
    const { length, chunkLeaves } = content;
    const spec = { ...plainSpec({ url }, length), chunkLeaves };
    const plain = this.#engine.open(spec, this.#options.clock.now());
    this.#holdings.switch(holding, plain);
  }

  #linkEvents(engine: SwarmEngine): LinkEvents {
    const now = () => this.#options.clock.now();
    const then = <A extends unknown[]>(handle: (...args: A) => void) =>
    (
      ...args: A
    ) => {
      handle(...args);
      this.#wake();
    };
    return {
      open: then((number, side) => engine.handleLinkOpen(number, side, now())),
      frame: then((number, frame, leafHashes) =>
        engine.handleFrame(number, frame, now(), leafHashes)
      ),
      noise: then(() => {}),
      closed: then((number) => engine.handleLinkClosed(number, now())),
      dialFailed: then((id) => engine.handleDialFailed(id, now())),
    };
  }

  /** Lets the engine think once what has come in this turn has been taken in. */
  #wake(): void {
    if (this.#woken || this.#closed) return;
    this.#woken = true;
    this.#cancelThink();
    this.#cancelThink = this.#options.clock.timer(0, () => this.#think());
  }

  #think(): void {
    this.#woken = false;
    if (this.#closed) return;
    const { clock } = this.#options;
    for (const action of this.#engine.poll(clock.now())) {
      this.#performer.perform(action);
    }
    this.#links.buffers.settle();
    if (this.#woken) return;
    const waitMs = this.#engine.pollTimeout(clock.now()) - clock.now();
    if (waitMs === Infinity) return;
    this.#cancelThink = clock.timer(waitMs, () => this.#think());
  }
}
