/**
 * A crowd too large for an engine each: a hundred thousand who tune in within
 * seconds. The gateway is the production one (tracker and lease desk); listeners
 * are a few numbers that follow the engine's rules for what plays soon: first
 * from the linked peer that would have it here soonest, by lease where no linked
 * peer holds it. Coarser than `world.ts` in this: uplinks serve in the order they
 * are asked, what a peer holds and has to do is known a latency later at no cost,
 * downlinks and losses are not modelled, nobody leaves.
 *
 * @module
 */
import type { Lease, PeerRecord } from "../../lib/gateway/messages.ts";
import { LEAF_BYTES } from "../../lib/hashtree/geometry.ts";
import { LINKS_DIALLED_MAX, LINKS_MAX } from "../../lib/limits.ts";
import { between, seeded } from "./chance.ts";
import { SimulatedFile } from "./file.ts";
import { SimulatedGateway, type Visitor } from "./gateway.ts";
import { latencyMs, Line } from "./network.ts";
import type { Scenario } from "./scenario.ts";
import { Timeline } from "./timeline.ts";

/** How often a listener looks around before it plays, and after. */
const EAGER_MS = 20;
const CALM_MS = 250;

/** It looks so far ahead of play, and further once it has all that plays soon. */
const SOON_MS = 6_000;
const LEAD_MS = 15_000;

/** Chunks in a lease, and requests at one peer at a time. */
const LEASE_CHUNKS = 4;
const REQUESTS_MAX = 2;

/** What a coarse run came to. */
export interface CoarseReport {
  listeners: number;
  originCopies: number;
  startupMedianMs: number;
  startupP95Ms: number;
  startupP99Ms: number;
  /** Listeners that never heard anything, and those that heard a gap. */
  silent: number;
  stalled: number;
  /** Bytes the gateway's leases let from the origin, a second, at most: share of what it can send. */
  originBusy: number;
}

interface Neighbour {
  readonly peer: CoarseListener;
  readonly wayMs: number;
  requests: number;
}

/** The crowd and its servers. */
export class Crowd {
  readonly time = new Timeline(0);
  readonly random: () => number;
  readonly file: SimulatedFile;
  readonly gateway: SimulatedGateway;
  readonly listeners: CoarseListener[] = [];
  readonly byId = new Map<string, CoarseListener>();
  readonly bytesPerMs: number;
  readonly originLine: Line;
  originBytes = 0;

  constructor(readonly scenario: Scenario, seed: number) {
    this.random = seeded(seed);
    this.bytesPerMs = scenario.bitrate / 8000;
    const length = Math.floor(scenario.itemSeconds * 1000 * this.bytesPerMs);
    const url = "https://radio.example/news.mp3";
    this.file = new SimulatedFile(url, length, 1, "tagged", 1);
    const rate = scenario.originRate / 8000;
    this.originLine = new Line(rate, rate, 40);
    const line = new Line(1e6, 1e6, 40);
    this.gateway = new SimulatedGateway(this.time, line, this.random);
  }

  /** Runs to the end. */
  run(): CoarseReport {
    const { listeners, join, seconds } = this.scenario;
    for (let number = 0; number < listeners; number++) {
      this.time.at(1000 * between(this.random, join), () => {
        const listener = new CoarseListener(this, number);
        this.listeners.push(listener);
        this.byId.set(listener.id, listener);
        listener.boot();
      });
    }
    this.time.run(seconds * 1000);
    return this.#report();
  }

  #report(): CoarseReport {
    const { seconds, originRate } = this.scenario;
    const startups = this.listeners
      .map(({ startedMs, bornMs }) => startedMs - bornMs)
      .filter(Number.isFinite).sort((a, b) => a - b);
    const at = (share: number) =>
      startups[Math.ceil(share * startups.length) - 1] ?? NaN;
    const asked = this.file.asked.count * LEAF_BYTES;
    return {
      listeners: this.listeners.length,
      originCopies: this.originBytes / Math.max(1, asked),
      startupMedianMs: at(0.5),
      startupP95Ms: at(0.95),
      startupP99Ms: at(0.99),
      silent: this.listeners.length - startups.length,
      stalled: this.listeners.filter((l) => l.hasGap(seconds * 1000)).length,
      originBusy: this.originBytes * 8 / seconds / originRate,
    };
  }
}

/** One listener: what it holds, by when it came. */
class CoarseListener implements Visitor {
  readonly id: string;
  readonly host: string;
  readonly port = 7160;
  readonly share = true;
  readonly reachable = true;
  readonly line: Line;
  readonly bornMs: number;
  startedMs = Infinity;
  readonly #crowd: Crowd;
  readonly #neighbours: Neighbour[] = [];
  /** By chunk: when it came; Infinity if it did not. */
  readonly #cameMs: Float64Array;
  readonly #asked: Uint8Array;
  /** The first byte it plays. */
  #offset = 0;
  #session = 0;
  #leasing = false;
  #leaseNotBeforeMs = 0;

  constructor(crowd: Crowd, number: number) {
    const { scenario, random, file } = crowd;
    this.#crowd = crowd;
    this.bornMs = crowd.time.nowMs;
    this.id = number.toString(16).padStart(32, "0");
    const bytes = [11, number >> 16 & 255, number >> 8 & 255, number & 255];
    this.host = bytes.join(".");
    const up = between(random, scenario.uplink) / 8000;
    this.line = new Line(up, up, between(random, scenario.rttMs));
    this.#cameMs = new Float64Array(file.leaves).fill(Infinity);
    this.#asked = new Uint8Array(file.leaves);
  }

  get capacity(): number {
    return Math.floor(this.line.upBytesPerMs * 1000);
  }

  /** Reads the playlist, then joins. */
  boot(): void {
    const { time, gateway, originLine, bytesPerMs, file } = this.#crowd;
    time.after(4 * latencyMs(this.line, originLine), () => {
      this.#offset = Math.floor(time.nowMs * bytesPerMs);
      const leaf = Math.floor(this.#offset / LEAF_BYTES);
      gateway.connect(this, (session) => {
        this.#session = session;
        const wish = { leaf, chunks: LEASE_CHUNKS };
        gateway.join(session, file, wish, ({ peers, leases }) => {
          this.#meet(peers);
          for (const lease of leases) this.#fetch(lease);
          this.#look();
        });
      });
    });
  }

  gatewayLost(): void {}

  peersChanged(_: SimulatedFile, add: PeerRecord[]): void {
    this.#meet(add);
  }

  dialAsked(): void {}

  /** Whether something was late until `endMs`. */
  hasGap(endMs: number): boolean {
    const { bytesPerMs, file } = this.#crowd;
    const first = Math.floor(this.#offset / LEAF_BYTES);
    for (let chunk = first; chunk < file.leaves; chunk++) {
      const dueMs = this.#playsMs(chunk, bytesPerMs);
      if (dueMs > endMs) return false;
      if (this.#cameMs[chunk]! > dueMs) return true;
    }
    return false;
  }

  #playsMs(chunk: number, bytesPerMs: number): number {
    const bytes = Math.max(0, chunk * LEAF_BYTES - this.#offset);
    return this.startedMs + bytes / bytesPerMs;
  }

  /** Dials peers until it has dialled enough; two round trips each. */
  #meet(peers: PeerRecord[]): void {
    const { time, byId } = this.#crowd;
    for (const { id } of peers) {
      const peer = byId.get(id);
      if (peer === undefined || peer === this) continue;
      if (this.#neighbours.length >= LINKS_DIALLED_MAX) return;
      const wayMs = latencyMs(this.line, peer.line);
      time.after(4 * wayMs, () => {
        if (peer.#neighbours.length >= LINKS_MAX) return;
        if (this.#neighbours.some((n) => n.peer === peer)) return;
        this.#neighbours.push({ peer, wayMs, requests: 0 });
        peer.#neighbours.push({ peer: this, wayMs, requests: 0 });
      });
    }
  }

  /** Asks for what is missing, and looks again later. */
  #look(): void {
    const { time, bytesPerMs, file, scenario } = this.#crowd;
    const { nowMs } = time;
    const playing = Number.isFinite(this.startedMs)
      ? this.#offset + (nowMs - this.startedMs) * bytesPerMs
      : this.#offset;
    const chunkAt = (ms: number) =>
      Math.floor((playing + ms * bytesPerMs) / LEAF_BYTES);
    const soon = chunkAt(SOON_MS);
    const last = Math.min(file.leaves - 1, chunkAt(LEAD_MS));
    let missing = -1;
    let busy = false;
    for (let chunk = chunkAt(0); chunk <= last; chunk++) {
      if (this.#cameMs[chunk] !== Infinity) continue;
      busy ||= chunk <= soon;
      if (busy && chunk > soon) break;
      if (this.#asked[chunk] === 1) continue;
      if (!this.#ask(chunk) && missing < 0) missing = chunk;
    }
    if (missing >= 0) this.#lease(missing, last + 1);
    if (nowMs >= scenario.seconds * 1000) return;
    const started = Number.isFinite(this.startedMs);
    time.after(started ? CALM_MS : EAGER_MS, () => this.#look());
  }

  /** Asks the neighbour that would have it here soonest; whether any holds it. */
  #ask(chunk: number): boolean {
    const { time } = this.#crowd;
    const { nowMs } = time;
    let best: Neighbour | undefined;
    let bestMs = Infinity;
    let held = false;
    for (const neighbour of this.#neighbours) {
      const { peer, wayMs, requests } = neighbour;
      if (peer.#cameMs[chunk]! + wayMs > nowMs) continue;
      held = true;
      if (requests >= REQUESTS_MAX) continue;
      const queueMs = Math.max(0, peer.line.upFreeMs - nowMs);
      const ms = queueMs + LEAF_BYTES / peer.line.upBytesPerMs;
      if (ms < bestMs) [best, bestMs] = [neighbour, ms];
    }
    if (best === undefined) return held;
    const { peer, wayMs } = best;
    const giver = best;
    giver.requests++;
    this.#asked[chunk] = 1;
    const sentMs = peer.line.send(LEAF_BYTES, nowMs + wayMs);
    time.at(sentMs + wayMs, () => {
      giver.requests--;
      this.#came(chunk);
    });
    return true;
  }

  #lease(from: number, until: number): void {
    const { time, gateway, file } = this.#crowd;
    if (this.#leasing || time.nowMs < this.#leaseNotBeforeMs) return;
    this.#leasing = true;
    const range = { from, until, chunks: LEASE_CHUNKS };
    gateway.lease(this.#session, file, range, (leases, retryMs) => {
      this.#leasing = false;
      if (leases.length === 0) this.#leaseNotBeforeMs = time.nowMs + retryMs;
      for (const lease of leases) this.#fetch(lease);
    });
  }

  /** Has a lease's chunks from the origin, which sends one thing after another. */
  #fetch({ from, count }: Lease): void {
    const { time, originLine, gateway, file } = this.#crowd;
    const wayMs = latencyMs(this.line, originLine);
    const startMs = time.nowMs;
    for (let chunk = from; chunk < from + count; chunk++) {
      if (this.#cameMs[chunk] !== Infinity) continue;
      this.#asked[chunk] = 1;
      file.asked.add(chunk, chunk + 1);
      this.#crowd.originBytes += LEAF_BYTES;
      const sentMs = originLine.send(LEAF_BYTES, startMs + 3 * wayMs);
      time.at(sentMs + wayMs, () => this.#came(chunk));
    }
    const doneMs = originLine.upFreeMs + wayMs;
    time.at(doneMs, () => {
      const ms = time.nowMs - startMs;
      gateway.done(this.#session, file, { from, count, ok: true, ms });
    });
  }

  #came(chunk: number): void {
    const { time, bytesPerMs, file, scenario } = this.#crowd;
    this.#cameMs[chunk] = Math.min(this.#cameMs[chunk]!, time.nowMs);
    if (Number.isFinite(this.startedMs)) return;
    let end = Math.floor(this.#offset / LEAF_BYTES);
    while (end < file.leaves && this.#cameMs[end] !== Infinity) end++;
    const buffer = scenario.startBufferSeconds * 1000 * bytesPerMs;
    if (end * LEAF_BYTES - this.#offset >= buffer) this.startedMs = time.nowMs;
  }
}
