/**
 * Carries out what the engine decides: sends, reads, stores, fetches; and tells
 * it what became of that. Decides nothing but what an error means.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AlluviumError, toAlluviumError } from "../errors.ts";
import { LEAF_BYTES } from "../hashtree/geometry.ts";
import { LAN_DATA_LEAVES_MAX, PIECE_BUFFERS_BYTES_MAX } from "../limits.ts";
import type { Log } from "../log.ts";
import type { Action } from "../swarm/actions.ts";
import type { Content } from "../swarm/content.ts";
import type { SwarmEngine } from "../swarm/engine.ts";
import { DATA_HEAD_BYTES, dataFrame } from "../swarm/messages.ts";
import { BufferPool } from "./buffer_pool.ts";
import type { Gateways } from "./gateways.ts";
import type { Holdings } from "./holdings.ts";
import type { Holding } from "./holding.ts";
import type { PeerLinks } from "./links.ts";
import { answersAt } from "./ask_id.ts";
import { fetchRange } from "./range_fetch.ts";
import type { Reachability } from "./reachability.ts";

/** Wrong bytes from the origin, this often, and a file is given up. */
const SPOILED_MAX = 3;

/** The share of a file told to its gateway changes in steps of this. */
const SHARE_STEP = 0.1;

type Of<T extends Action["type"]> = Action & { type: T };

/** What actions are carried out with. */
export interface PerformerHost {
  readonly engine: SwarmEngine;
  readonly links: PeerLinks;
  readonly gateways: Gateways;
  readonly holdings: Holdings;
  readonly reach: Reachability;
  readonly clock: Clock;
  readonly log: Log;
  wake(): void;
  /** Hashes are needed and there is no gateway to give them. */
  lost(holding: Holding): void;
}

/** The hands of the engine. */
export class Performer {
  readonly #host: PerformerHost;
  readonly #fetches = new Map<number, AbortController>();
  readonly #uploads = new Map<number, Promise<void>>();
  /** Pieces on their way out. */
  readonly #pieces = new BufferPool(
    LAN_DATA_LEAVES_MAX * (LEAF_BYTES + DATA_HEAD_BYTES),
    PIECE_BUFFERS_BYTES_MAX,
    (size) => new ArrayBuffer(size),
  );
  readonly #closing = new AbortController();

  /** @param host the node */
  constructor(host: PerformerHost) {
    this.#host = host;
  }

  /** Starts an action; what takes time reports to the engine by itself. */
  perform(action: Action): void {
    const { links } = this.#host;
    switch (action.type) {
      case "send":
        return links.send(action.link, action.frame);
      case "dial":
        return links.dial(action.peer);
      case "close":
        return this.#closeLink(action);
      case "leave":
        return this.#host.reach.leave(action.station);
      case "probe":
        return void this.#probe(action);
      case "upload":
        return this.#queueUpload(action);
      case "fetch":
        return void this.#fetch(action);
      case "abort":
        return this.#fetches.get(action.fetch)?.abort();
      default: {
        const holding = this.#host.holdings.of(action.content);
        if (holding !== undefined) this.#performFor(holding, action);
      }
    }
  }

  /** Gives up everything under way. */
  close(): void {
    this.#closing.abort();
    for (const fetch of this.#fetches.values()) fetch.abort();
  }

  #performFor(
    holding: Holding,
    action: Of<"store" | "mismatch" | "hashes" | "lease" | "done">,
  ): void {
    const { gateways, lost } = this.#host;
    switch (action.type) {
      case "store":
        return this.#store(holding, action);
      case "mismatch":
        return this.#mismatch(holding, action.source);
      case "hashes":
        return holding.content.gateway === "ready"
          ? gateways.perform(action, holding)
          : lost(holding);
      default:
        return gateways.perform(action, holding);
    }
  }

  #closeLink({ link, ban }: Of<"close">): void {
    const { links, log } = this.#host;
    if (ban !== undefined) log("warn", `A peer is banned: ${ban}`);
    links.close(link, ban !== undefined);
  }

  #store(holding: Holding, { from, bytes }: Of<"store">): void {
    const { buffers, backlog } = this.#host.links;
    buffers.keep(bytes);
    const written = holding.store(from, bytes)
      .then(() => buffers.release(bytes));
    if (holding.content.bulk) backlog.add(bytes.length, written);
    const { gateway, gatewayKey: key, content, toldShare } = holding;
    const share = content.held.count / content.leaves;
    const step = share === 1 ? 0 : SHARE_STEP;
    if (key === undefined || share - toldShare <= step) return;
    holding.toldShare = share;
    gateway?.send({ t: "share", key, share });
  }

  async #probe({ link, peer }: Of<"probe">): Promise<void> {
    const { engine, clock, wake } = this.#host;
    if (!await answersAt(peer, this.#closing.signal, clock)) return;
    engine.handleProbed(link, peer, clock.now());
    wake();
  }

  /** The pieces of one link leave in order. */
  #queueUpload(action: Of<"upload">): void {
    const { link } = action;
    const before = this.#uploads.get(link) ?? Promise.resolve();
    const done = before.then(() => this.#upload(action)).then(() => {
      if (this.#uploads.get(link) === done) this.#uploads.delete(link);
    });
    this.#uploads.set(link, done);
  }

  async #upload(action: Of<"upload">): Promise<void> {
    const { link, content, channel, from, until } = action;
    const { engine, links, holdings, log, wake } = this.#host;
    let sent = 0;
    try {
      const stored = holdings.of(content)?.stored;
      if (stored !== undefined) {
        const length = content.bytesOf(from, until);
        const into = this.#pieces.take(DATA_HEAD_BYTES + length);
        const { frame, bytes } = dataFrame(channel, from, length, into);
        await stored.readInto(from * LEAF_BYTES, bytes);
        links.send(link, frame, () => this.#pieces.release(frame));
        sent = bytes.length;
        await links.drained(link);
      }
    } catch (error) {
      log("warn", "Cannot read the cache for another listener", { error });
    }
    engine.handleSent(link, sent);
    wake();
  }

  async #fetch(action: Of<"fetch">): Promise<void> {
    const { fetch: id, content, source, from, until } = action;
    const { engine, clock, wake } = this.#host;
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
        started: (offset) => engine.handleFetchStarted(id, offset),
        data: (bytes) => {
          engine.handleFetchData(id, bytes, clock.now());
          wake();
        },
      });
    } catch (error) {
      if (!abort.signal.aborted) this.#fetchFailed(content, source, error);
    }
    this.#fetches.delete(id);
    engine.handleFetchEnd(id, clock.now());
    wake();
  }

  /** The origin's refusal ends a file that no peer has; everything else may pass. */
  #fetchFailed(content: Content, source: string, thrown: unknown): void {
    const { holdings, log } = this.#host;
    const error = toAlluviumError(thrown, "media-unreachable");
    const holding = holdings.of(content);
    if (holding === undefined) return;
    if (source !== content.url) {
      return log("debug", error.message, { url: source });
    }
    const elsewhere = content.availability.some((count) => count > 0);
    if (error.code !== "media-unreachable" && !elsewhere) {
      return holding.fail(error);
    }
    if (!holding.warned) log("warn", error.message, { url: source });
    holding.warned = true;
  }

  /** A source gave bytes that are not the file's. */
  #mismatch(holding: Holding, source: string): void {
    const { gateway, url } = holding;
    if (source !== url) {
      if (gateway === undefined) return;
      const why = `its copy of ${url} fails its hashes`;
      return this.#host.gateways.distrust(gateway, why);
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
