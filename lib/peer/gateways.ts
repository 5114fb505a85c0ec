/**
 * The gateways in use, and what their messages do to the swarm: peers, hashes,
 * roots, leases. A gateway that says something provably wrong is not asked
 * again in this session.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AlluviumError } from "../errors.ts";
import type { GatewayMessage, HashRun, Lease } from "../gateway/messages.ts";
import { EARLY_MESSAGES_MAX } from "../limits.ts";
import { Newcomers } from "./newcomers.ts";
import type { Log } from "../log.ts";
import type { Action } from "../swarm/actions.ts";
import type { SwarmEngine } from "../swarm/engine.ts";
import type { Family } from "../swarm/places.ts";
import {
  type ClientHello,
  GatewayClient,
  type Joined,
} from "./gateway_client.ts";
import type { Holding } from "./holding.ts";

/** A gateway's message about one content. */
type ContentMessage = Extract<GatewayMessage, { key: string }>;

/** What gateways need of the node. */
export interface GatewaysHost {
  readonly engine: SwarmEngine;
  readonly clock: Clock;
  readonly log: Log;
  /** What we say of ourselves; the port is that of a family. */
  hello(family: Family): ClientHello;
  holdings(): Iterable<Holding>;
  wake(): void;
  /** Hashes came for a content. */
  hashesCame(holding: Holding): void;
  /** A provisional content has its root, proven. */
  rooted(holding: Holding, oldKey: string): void;
  /** The gateway is gone, or lied: the holding must go on without it. */
  forsaken(holding: Holding): void;
  /** Its gateway is gone, or one of its gateways is back: one of them should take it on. */
  rejoin(holding: Holding): void;
}

/** The gateways of a node. */
export class Gateways {
  /** Whether any gateway could dial us back; undefined while none has tried. */
  reachable: boolean | undefined;
  readonly #host: GatewaysHost;
  readonly #clients = new Map<string, GatewayClient>();
  readonly #early = new EarlyMessages();
  readonly #newcomers: Newcomers;

  /** @param host the node */
  constructor(host: GatewaysHost) {
    this.#host = host;
    this.#newcomers = new Newcomers(host.clock, (content, peer) => {
      host.engine.addPeers(content, [peer], host.clock.now());
      host.wake();
    });
  }

  /** The client of a gateway, dialled on first use; undefined once it lied. */
  client(url: string): GatewayClient | undefined {
    let client = this.#clients.get(url);
    if (client === undefined) {
      const { clock, log } = this.#host;
      const hello = (family: Family) => this.#host.hello(family);
      client = new GatewayClient(url, hello, clock, log, {
        up: (client) => this.#up(client),
        down: (client) => this.#down(client),
        message: (client, message) => this.#guarded(client, message),
      });
      this.#clients.set(url, client);
    }
    return client.distrusted ? undefined : client;
  }

  /** Takes what a join brought besides the resource itself. */
  introduce(holding: Holding, client: GatewayClient, joined: Joined): void {
    const { content } = holding;
    holding.gateway = client;
    holding.gatewayKey = joined.resource.key;
    holding.toldShare = 0;
    content.gateway = "ready";
    const { engine, clock } = this.#host;
    engine.addPeers(content, joined.peers, clock.now());
    for (const lease of joined.leases) this.#lease(holding, lease);
    for (const message of this.#early.take(client, holding.gatewayKey)) {
      this.#guarded(client, message);
    }
    // It may have been lost while the cache was looked at.
    if (!client.connected) this.#forsakeHolding(holding);
    this.#host.wake();
  }

  /** Takes leaf hashes; false if they prove wrong, and then the gateway is done with. */
  addHashes(holding: Holding, client: GatewayClient, run: HashRun): boolean {
    const leaves = decodeBase64(run.leaves);
    const uncles = decodeBase64(run.uncles ?? "");
    const good = leaves !== undefined && uncles !== undefined &&
      holding.content.hashes?.addRun(run.from, leaves, uncles) === true;
    if (good) this.#host.hashesCame(holding);
    else this.distrust(client, "its hashes do not prove the root");
    return good;
  }

  /** Never asks a gateway again. */
  distrust(client: GatewayClient, why: string): void {
    if (client.distrusted) return;
    client.distrusted = true;
    const { url } = client;
    this.#host.log("warn", `The gateway is not to be trusted: ${why}`, { url });
    client.close();
    this.#forsake(client);
  }

  /** Carries out the engine's actions that are for a gateway. */
  perform(
    action: Action & { type: "lease" | "done" | "hashes" },
    holding: Holding,
  ): void {
    const { gateway, gatewayKey: key } = holding;
    if (gateway === undefined || key === undefined) return;
    switch (action.type) {
      case "lease": {
        const { from, until, chunks, pressing } = action;
        const chunk = holding.content.chunkLeaves;
        return gateway.send({
          t: "lease",
          ...{ key, from, until, chunks, pressing, chunk },
        });
      }
      case "done": {
        const { from, until, ok, ms } = action;
        const count = until - from;
        return gateway.send({ t: "done", key, from, count, ok, ms });
      }
      case "hashes": {
        const { from, count } = action;
        return gateway.send({ t: "hashes", key, from, count });
      }
    }
  }

  /** Others can dial us by another port now. */
  show(): void {
    for (const client of this.#clients.values()) client.show();
  }

  /** Hangs up everywhere. */
  close(): void {
    this.#newcomers.close();
    for (const client of this.#clients.values()) client.close();
  }

  #up(client: GatewayClient): void {
    this.#host.log("debug", "The gateway answers", { url: client.url });
    for (const holding of this.#host.holdings()) {
      const lost = holding.content.gateway !== "ready";
      if (lost && holding.gateways.includes(client.url)) {
        this.#host.rejoin(holding);
      }
    }
  }

  #down(client: GatewayClient): void {
    if (client.distrusted) return; // The log has said why we hung up.
    this.#host.log(
      "warn",
      "The gateway does not answer: going on with the peers already linked and the origin",
      { url: client.url },
    );
    this.#forsake(client);
  }

  #forsake(client: GatewayClient): void {
    for (const holding of this.#host.holdings()) {
      if (holding.gateway === client) this.#forsakeHolding(holding);
    }
    this.#host.wake();
  }

  #forsakeHolding(holding: Holding): void {
    holding.content.gateway = "none";
    this.#host.forsaken(holding);
    this.#host.rejoin(holding);
  }

  /** A message with fields of the wrong kind is the gateway's fault, not ours. */
  #guarded(client: GatewayClient, message: GatewayMessage): void {
    try {
      this.#handle(client, message);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.distrust(client, `its message makes no sense (${why})`);
    }
  }

  #handle(client: GatewayClient, message: GatewayMessage): void {
    if (message.t === "welcome") {
      this.reachable = message.reachable ?? this.reachable;
    } else if (message.t === "error") {
      const { url } = client;
      this.#host.log("debug", `The gateway refused: ${message.message}`, {
        url,
      });
    } else if ("key" in message) this.#route(client, message);
    this.#host.wake();
  }

  #route(client: GatewayClient, message: ContentMessage): void {
    let known = false;
    for (const holding of this.#host.holdings()) {
      if (holding.gateway !== client) continue;
      if (holding.gatewayKey !== message.key) continue;
      known = true;
      this.#about(holding, message);
    }
    if (!known) this.#early.put(client, message);
  }

  #about(holding: Holding, message: ContentMessage): void {
    const { engine, clock } = this.#host;
    switch (message.t) {
      case "peers":
        this.#newcomers.drop(holding.content, message.drop);
        if (holding.content.held.full) {
          this.#newcomers.add(holding.content, message.add);
        } else engine.addPeers(holding.content, message.add, clock.now());
        return engine.dropPeers(holding.content, message.drop);
      case "dial":
        // It cannot dial us: we are the one to begin.
        return engine.addPeers(holding.content, [message.peer], clock.now());
      case "hashes":
        this.addHashes(holding, holding.gateway!, message.run);
        return;
      case "lease":
        return this.#lease(holding, message.lease);
      case "wait":
        return engine.handleWait(
          holding.content,
          clock.now() + clampRetry(message.retryMs),
        );
      case "root":
        return this.#root(holding, message.root);
      case "gone":
        return this.#gone(holding, message.code, message.message);
    }
  }

  #lease(holding: Holding, { from, count, source }: Lease): void {
    const range = { from, until: from + count, source };
    this.#host.engine.handleLease(holding.content, range);
  }

  #root(holding: Holding, root: string): void {
    const old = holding.content.key;
    if (this.#host.engine.rebind(holding.content, root)) {
      holding.gatewayKey = root;
      return this.#host.rooted(holding, old);
    }
    this.distrust(holding.gateway!, "its root is not that of its hashes");
  }

  #gone(holding: Holding, code: string, message: string): void {
    holding.gateway = undefined;
    holding.content.gateway = "none";
    if (["media-rejected", "media-changed"].includes(code)) {
      const { url } = holding;
      holding.fail(
        new AlluviumError(code as "media-rejected", message, { url }),
      );
    } else this.#host.forsaken(holding);
  }
}

/**
 * Messages that overtook the opening of their content: it takes a look at the
 * cache first, and the gateway does not wait for that.
 */
class EarlyMessages {
  readonly #kept: { client: GatewayClient; message: ContentMessage }[] = [];

  put(client: GatewayClient, message: ContentMessage): void {
    this.#kept.push({ client, message });
    if (this.#kept.length > EARLY_MESSAGES_MAX) this.#kept.shift();
  }

  take(client: GatewayClient, key: string): ContentMessage[] {
    const taken: ContentMessage[] = [];
    for (let i = this.#kept.length - 1; i >= 0; i--) {
      const entry = this.#kept[i]!;
      if (entry.client !== client || entry.message.key !== key) continue;
      taken.unshift(entry.message);
      this.#kept.splice(i, 1);
    }
    return taken;
  }
}

/** A gateway may ask for patience, within reason. */
function clampRetry(retryMs: number): number {
  return Math.min(Math.max(Number(retryMs) || 0, 20), 10_000);
}

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return undefined;
  }
}
