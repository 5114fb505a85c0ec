/**
 * A simulated listener: the production engine with a shell made of events, and
 * what it measures. Honest unless told otherwise; a liar alters a byte of
 * whatever it gives.
 *
 * @module
 */
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import type { PeerRecord } from "../../lib/gateway/messages.ts";
import type { PeerAddress } from "../../lib/swarm/members.ts";
import type { Action } from "../../lib/swarm/actions.ts";
import type { Content } from "../../lib/swarm/content.ts";
import { SwarmEngine } from "../../lib/swarm/engine.ts";
import type { SimulatedFile } from "./file.ts";
import type { Visitor } from "./gateway.ts";
import { idOf } from "./chance.ts";
import { GatewayDesk } from "./gateway_desk.ts";
import { FRAME_OVERHEAD_BYTES, type Line } from "./network.ts";
import { type Airing, Player } from "./player.ts";
import type { Wire, WireOwner } from "./wire.ts";
import type { World } from "./world.ts";

/** The shell thinks this long after the first of the events it has not thought about: a turn of its loop. */
const TURN_MS = 1;

/** A dial that nobody answers. */
const DIAL_MS = 3_000;

/** The reader of production reads this far ahead of play. */
const READ_AHEAD_MS = 6_000;

/** What a listener is like. */
export interface ListenerOptions {
  line: Line;
  /** IP literal. */
  host: string;
  /** False: nobody can dial it. @default {true} */
  reachable?: boolean;
  /** @default {true} */
  share?: boolean;
  /** Alters a byte of every piece it sends. @default {false} */
  liar?: boolean;
  /** Bytes per second. @default {the uplink} */
  uploadBytesPerSecond?: number;
}

/** What is measured of one listener. */
export interface ListenerCounts {
  controlBytes: number;
  dataBytes: number;
  /** Bytes stored that are not the file's. Must stay 0. */
  badBytes: number;
  /** Times the origin or a mirror was found out. */
  mismatches: number;
  /** Reasons of bans, by this listener. */
  bans: string[];
  polls: number;
}

/** One listener. */
export class Listener implements Visitor, WireOwner {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly line: Line;
  readonly share: boolean;
  readonly reachable: boolean;
  readonly engine: SwarmEngine;
  readonly counts: ListenerCounts = {
    controlBytes: 0,
    dataBytes: 0,
    badBytes: 0,
    mismatches: 0,
    bans: [],
    polls: 0,
  };
  /** When it was switched on. */
  readonly bornMs: number;
  alive = true;
  /** When it was switched off, if it was. */
  diedMs: number | undefined;
  /** When a file was first here as a whole. */
  wholeMs = Infinity;
  readonly files = new Map<Content, SimulatedFile>();
  readonly players: Player[] = [];
  readonly wires = new Map<number, Wire>();
  readonly #world: World;
  readonly #liar: boolean;
  readonly #desk: GatewayDesk;
  readonly #aborts = new Map<number, () => void>();
  #lastWire = 0;
  #woken = false;
  #thought = 0;

  /**
   * @param number unique in its world
   * @param options what it is like
   */
  constructor(world: World, number: number, options: ListenerOptions) {
    const { line, host, share = true, reachable = true, liar = false } =
      options;
    this.#world = world;
    this.#liar = liar;
    this.line = line;
    this.host = host;
    this.share = share;
    this.reachable = reachable;
    this.id = idOf(number);
    this.port = share ? 7160 : 0;
    this.bornMs = world.time.nowMs;
    this.engine = new SwarmEngine({
      id: this.id,
      port: this.port,
      uploadBytesPerSecond: options.uploadBytesPerSecond ??
        Math.floor(line.upBytesPerMs * 1000),
      share,
      random: world.random,
    });
    this.#desk = new GatewayDesk(world, this);
  }

  /** Where it can be dialled, if it can. */
  get address(): PeerAddress {
    const { id, host, port } = this;
    return { id, host, port };
  }

  get capacity(): number {
    return this.engine.capacity;
  }

  /** The first piece of an airing that was heard; undefined while nothing was. */
  get startupMs(): number | undefined {
    const started = this.players[0]?.startedMs;
    return started === undefined ? undefined : started - this.bornMs;
  }

  /** Opens a file to be had whole. */
  download(file: SimulatedFile): Content {
    const content = this.open(file, 0);
    content.bulk = true;
    return content;
  }

  /** Plays an airing from where the programme is at `fromMs`. */
  play(airing: Airing, fromMs: number, bufferMs: number): Player {
    const { file, startMs, bytesPerMs } = airing;
    const leaf = Math.max(0, (fromMs - startMs) * bytesPerMs / LEAF_BYTES);
    const content = this.open(file, Math.floor(leaf));
    const player = new Player(airing, content, fromMs, bufferMs);
    this.players.push(player);
    if (bufferMs === 0) player.start(Math.max(fromMs, startMs));
    else player.wait(this.#nowMs);
    this.#readOn(player);
    return player;
  }

  /** Opens a file, with hashes and introductions if the world has a gateway. */
  open(file: SimulatedFile, leaf: number): Content {
    const content = this.engine.open(file.spec, this.#nowMs);
    this.files.set(content, file);
    file.giveHashes(content);
    this.#desk.join(content, file, leaf);
    this.wake();
    return content;
  }

  /** Numbers of the fetches under way. */
  fetches(): Iterable<number> {
    return this.#aborts.keys();
  }

  /** Lets go of a file. */
  close(content: Content): void {
    this.engine.close(content, this.#nowMs);
    this.files.get(content)?.dropFrames();
    this.files.delete(content);
    this.#demanded.delete(content);
    for (const player of this.players) {
      if (player.content === content) player.content = undefined;
    }
    this.#desk.leave(content);
    this.wake();
  }

  /** Switched off: connections end, the gateway notices. */
  die(): void {
    this.alive = false;
    this.diedMs = this.#nowMs;
    this.#desk.close();
    for (const abort of this.#aborts.values()) abort();
    for (const wire of [...this.wires.values()]) wire.close(this);
  }

  /** Something changed that the engine should think about. */
  wake(): void {
    if (this.#woken || !this.alive) return;
    this.#woken = true;
    this.#world.time.after(TURN_MS, () => this.#think());
  }

  // ---- connections ----------------------------------------------------------

  /** A new connection is up here; returns its number. */
  plug(wire: (number: number) => Wire, far: Listener, outgoing: boolean): Wire {
    const number = ++this.#lastWire;
    const made = wire(number);
    this.wires.set(number, made);
    const side = { outgoing, lan: false, host: far.host };
    const dialled = far.address;
    this.engine.handleLinkOpen(
      number,
      outgoing ? { ...side, dialled } : side,
      this.#nowMs,
    );
    this.wake();
    return made;
  }

  frame(number: number, frame: Uint8Array): void {
    if (!this.alive) return;
    this.engine.handleFrame(number, frame, this.#nowMs);
    this.wake();
  }

  closed(number: number): void {
    this.wires.delete(number);
    if (!this.alive) return;
    this.engine.handleLinkClosed(number, this.#nowMs);
    this.wake();
  }

  // ---- gateway ----------------------------------------------------------------

  gatewayLost(): void {
    this.#desk.lost();
  }

  peersChanged(file: SimulatedFile, add: PeerRecord[], drop: string[]): void {
    const content = this.engine.content(file.key);
    if (!this.alive || content === undefined) return;
    this.engine.addPeers(content, add, this.#nowMs);
    this.engine.dropPeers(content, drop);
    this.wake();
  }

  dialAsked(file: SimulatedFile, peer: PeerRecord): void {
    this.peersChanged(file, [peer], []);
  }

  // ---- inside -----------------------------------------------------------------

  get #nowMs(): number {
    return this.#world.time.nowMs;
  }

  #think(): void {
    this.#woken = false;
    if (!this.alive) return;
    const thought = ++this.#thought;
    this.counts.polls++;
    for (const player of this.players) player.wait(this.#nowMs);
    for (const action of this.engine.poll(this.#nowMs)) this.#perform(action);
    const nextMs = this.engine.pollTimeout(this.#nowMs);
    if (this.#woken || nextMs === Infinity) return;
    this.#world.time.at(Math.max(nextMs, this.#nowMs + TURN_MS), () => {
      if (thought === this.#thought && !this.#woken) this.#think();
    });
  }

  #perform(action: Action): void {
    switch (action.type) {
      case "send": {
        this.counts.controlBytes += action.frame.length + FRAME_OVERHEAD_BYTES;
        this.wires.get(action.link)?.send(this, action.frame);
        return;
      }
      case "upload":
        return this.#upload(action);
      case "close":
        if (action.ban !== undefined) this.counts.bans.push(action.ban);
        return this.wires.get(action.link)?.close(this);
      case "probe":
        return this.#world.probe(this, action.link, action.peer);
      case "dial":
        return this.#world.dial(this, action.peer, DIAL_MS);
      case "store":
        return this.#store(action.content, action.from, action.bytes);
      case "fetch":
        return this.#fetch(action);
      case "abort":
        this.#aborts.get(action.fetch)?.();
        this.#aborts.delete(action.fetch);
        return;
      case "lease":
      case "done":
        return this.#desk.perform(action);
      case "hashes":
      case "leave":
        return;
      case "mismatch":
        this.counts.mismatches++;
    }
  }

  #upload(action: Action & { type: "upload" }): void {
    const { link, content, channel, from, until } = action;
    const file = this.files.get(content)!;
    let frame = file.frame(channel, from, until);
    const length = content.bytesOf(from, until);
    const head = frame.length - length;
    if (this.#liar) {
      frame = frame.slice();
      frame[head + Math.floor(this.#world.random() * 4)]! ^= 0x55;
    }
    this.counts.dataBytes += length;
    this.counts.controlBytes += head;
    const sentMs = this.wires.get(link)?.send(this, frame);
    this.#world.time.at(sentMs ?? this.#nowMs, () => {
      if (!this.alive) return;
      this.engine.handleSent(link, length);
      this.wake();
    });
  }

  #store(content: Content, from: number, bytes: Uint8Array): void {
    const file = this.files.get(content);
    if (file === undefined) return;
    if (!file.isTrue(bytes, from * LEAF_BYTES)) {
      this.counts.badBytes += bytes.length;
    }
    if (content.held.full) this.wholeMs = Math.min(this.wholeMs, this.#nowMs);
    const until = from + Math.ceil(bytes.length / LEAF_BYTES);
    for (const player of this.players) {
      if (player.content !== content) continue;
      player.came(from, until, this.#nowMs);
      this.#startIfReady(player);
      this.#readOn(player);
    }
  }

  #startIfReady(player: Player): void {
    const atMs = player.readyMs(this.#nowMs);
    if (atMs === undefined || !this.alive) return;
    if (atMs <= this.#nowMs) return player.start(atMs);
    this.#world.time.at(atMs, () => this.#startIfReady(player));
  }

  /** The reader waits for the next leaf if that plays soon. */
  #readOn(player: Player): void {
    const { content, startedMs } = player;
    const { leaf, atMs } = player.next;
    if (content === undefined || leaf >= content.leaves) return;
    const near = startedMs === undefined || atMs < this.#nowMs + READ_AHEAD_MS;
    if (!near) return;
    for (const { from, until } of this.#demanded.get(content) ?? []) {
      content.endDemand(from, until);
    }
    this.#demanded.set(content, [{ from: leaf, until: leaf + 1 }]);
    content.demand(leaf, leaf + 1, this.#nowMs);
  }

  readonly #demanded = new Map<Content, { from: number; until: number }[]>();

  #fetch(action: Action & { type: "fetch" }): void {
    const { fetch: id, content, from, until } = action;
    const file = this.files.get(content)!;
    const abort = this.#world.origin.get({
      line: this.line,
      wasted: this.#liar,
      file,
      start: from * LEAF_BYTES,
      end: Math.min(until * LEAF_BYTES, file.length),
      started: (offset) => this.engine.handleFetchStarted(id, offset),
      data: (bytes) => {
        this.engine.handleFetchData(id, bytes, this.#nowMs);
        this.wake();
      },
      ended: () => {
        this.#aborts.delete(id);
        this.engine.handleFetchEnd(id, this.#nowMs);
        this.wake();
      },
    });
    this.#aborts.set(id, abort);
  }
}
