/**
 * How an item of the programme becomes a content: by the root in the playlist,
 * by what a gateway knows, or, at worst, as a plain download from the origin,
 * which has no hashes and is shared with nobody. Every road ends in a holding
 * whose bytes can be judged, or in a clear error.
 *
 * @module
 */
import { AlluviumError, toAlluviumError } from "../errors.ts";
import { chunkLeaves, LEAF_BYTES } from "../hashtree/geometry.ts";
import { SIDECAR_SUFFIX } from "../hashtree/sidecar.ts";
import type { Resource } from "../gateway/messages.ts";
import { TREE_BYTES_MAX } from "../limits.ts";
import type { ContentSpec } from "../swarm/content.ts";
import type { GatewayClient, Joined } from "./gateway_client.ts";
import type { Gateways } from "./gateways.ts";
import type { Holding } from "./holding.ts";
import type { Holdings } from "./holdings.ts";
import { probeOrigin } from "./range_fetch.ts";
import { fetchTree } from "./tree_fetch.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";

/** Chunks leased with the join: the first seconds. */
const FIRST_LEASE_CHUNKS = 4;

/** How often a gateway is asked whether it has hashed a file. */
const ROOT_POLL_MS = 500;

/** What is known of a file before it is opened. */
export interface FileRequest {
  /** Where its origin has it. */
  url: string;
  /** 64 hex digits; counts only with `length`. */
  root?: string;
  /** Bytes, from 1. */
  length?: number;
  /** Playing time in ms. */
  durationMs?: number;
  /** The station's name among peers. */
  station?: string;
}

/** What opening works with. */
export interface OpeningHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly gateways: Gateways;
  readonly holdings: Holdings;
}

/** The roads from an item to its bytes. */
export class Opening {
  readonly #host: OpeningHost;
  /** Gateways that did not answer the last time. */
  readonly #silent = new Set<string>();

  /** @param host the node */
  constructor(host: OpeningHost) {
    this.#host = host;
  }

  /**
   * Opens a file.
   *
   * @param gateways base URLs, in order of preference
   * @param use where reading starts, 0 to 1, and how long a gateway that is still
   *   hashing the file is waited for, in ms since the epoch
   * @throws AlluviumError `media-unreachable`, `media-rejected`, `media-changed`
   * @throws the signal's reason when it aborts
   */
  async open(
    request: FileRequest,
    gateways: string[],
    use: { fraction: number; patienceUntilMs: number },
    signal: AbortSignal,
  ): Promise<Holding> {
    const open = this.#host.holdings.find(request);
    if (open !== undefined) {
      this.#host.holdings.enrol(open, request);
      return open;
    }
    const holding = await this.#byGateway(request, gateways, use, signal) ??
      await this.#byTree(request, signal);
    signal.throwIfAborted();
    if (holding === undefined) return await this.#byOrigin(request, signal);
    holding.gateways = gateways;
    return holding;
  }

  /**
   * The first of its gateways that answers takes a holding on, which has lost
   * its own, or never had one.
   */
  async rejoin(holding: Holding): Promise<void> {
    if (holding.content.hashes === undefined) return;
    for (const url of holding.gateways) {
      const client = this.#host.gateways.client(url);
      if (client !== undefined) await this.#rejoin(holding, client);
      if (holding.content.gateway === "ready") return;
    }
  }

  async #rejoin(holding: Holding, client: GatewayClient): Promise<void> {
    const { content, url } = holding;
    const head = content.playhead?.offset ?? 0;
    const root = content.hashes?.root === undefined
      ? {}
      : { root: content.key };
    try {
      const joined = await client.join({
        url,
        ...root,
        length: content.length,
        leaf: Math.floor(head / LEAF_BYTES),
        chunk: content.chunkLeaves,
        lease: 0,
      });
      const { key } = joined.resource;
      // A provisional id is the gateway's own: another one is another content.
      // Or another gateway was faster.
      if (!content.keys.has(key) || content.gateway === "ready") {
        return client.send({ t: "leave", key });
      }
      this.#host.gateways.introduce(holding, client, joined);
      this.#takeHashes(holding, client, joined);
    } catch (error) {
      this.#host.log("debug", toAlluviumError(error).message, { url });
    }
  }

  /** Road 1: a gateway knows the file, or finds out. */
  async #byGateway(
    request: FileRequest,
    gateways: string[],
    use: { fraction: number; patienceUntilMs: number },
    signal: AbortSignal,
  ): Promise<Holding | undefined> {
    for (const url of gateways) {
      const client = this.#host.gateways.client(url);
      if (client === undefined) continue;
      const joined = await this.#joinProven(client, request, use, signal);
      if (joined === undefined) continue;
      if (!fits(joined.resource, request)) {
        const why = `it names other bytes for ${request.url}`;
        this.#host.gateways.distrust(client, why);
        continue;
      }
      return await this.#enter(request, client, joined);
    }
    return undefined;
  }

  /**
   * Joins; where the playlist has a root and the gateway is still hashing, asks
   * again until it can prove that root or the file is needed. What a gateway
   * cannot prove is not played: see the order of trust in ARCHITECTURE.md.
   */
  async #joinProven(
    client: GatewayClient,
    request: FileRequest,
    use: { fraction: number; patienceUntilMs: number },
    signal: AbortSignal,
  ): Promise<Joined | undefined> {
    const { clock } = this.#host;
    for (;;) {
      const joined = await this.#join(client, request, use.fraction);
      if (joined === undefined || !this.#isUnproven(joined, request)) {
        return joined;
      }
      client.send({ t: "leave", key: joined.resource.key });
      if (clock.now() + ROOT_POLL_MS > use.patienceUntilMs) return undefined;
      await clock.sleep(ROOT_POLL_MS, signal);
    }
  }

  #isUnproven({ resource }: Joined, request: FileRequest): boolean {
    return request.root !== undefined && resource.provisional &&
      resource.length === request.length;
  }

  async #join(
    client: GatewayClient,
    request: FileRequest,
    fraction: number,
  ): Promise<Joined | undefined> {
    const { url, root, length = 0 } = request;
    const named = root !== undefined && length > 0 ? { root, length } : {};
    try {
      const joined = await client.join({
        url,
        ...named,
        leaf: Math.floor(fraction * length / LEAF_BYTES),
        chunk: chunkFor(request, length),
        // Chunks follow from the length: a lease of others would be in pieces.
        lease: length > 0 ? FIRST_LEASE_CHUNKS : 0,
      });
      this.#silent.delete(client.url);
      return joined;
    } catch (error) {
      const known = toAlluviumError(error);
      // What the origin refuses to the gateway it refuses to us.
      if (known.code === "media-rejected") throw known;
      // Said once: files are opened, and tried again, every few seconds.
      const level = this.#silent.has(client.url) ? "debug" : "warn";
      this.#silent.add(client.url);
      this.#host.log(level, `${known.message}: going on without it`, {
        url: client.url,
      });
      return undefined;
    }
  }

  async #enter(
    request: FileRequest,
    client: GatewayClient,
    joined: Joined,
  ): Promise<Holding> {
    const { key, provisional, length } = joined.resource;
    const holding = await this.#host.holdings.hold({
      key,
      length,
      trust: provisional ? "provisional" : "root",
      ...placeOf(request, length),
    });
    // Hashes first, so that what the cache has counts before anything is fetched.
    const good = this.#takeHashes(holding, client, joined);
    await this.#host.holdings.checkClaims(holding);
    if (good) this.#host.gateways.introduce(holding, client, joined);
    else await this.#tree(holding, AbortSignal.timeout(10_000));
    return holding;
  }

  #takeHashes(
    holding: Holding,
    client: GatewayClient,
    { hashes, resource }: Joined,
  ): boolean {
    if (
      hashes !== undefined &&
      !this.#host.gateways.addHashes(holding, client, hashes)
    ) return false;
    if (resource.tree !== undefined) void this.#wholeTree(holding, resource);
    return true;
  }

  /** The rest of the layer, in one piece where it is small: a gateway may die. */
  async #wholeTree(holding: Holding, resource: Resource): Promise<void> {
    const { hashes, length, leaves } = holding.content;
    if (hashes?.root === undefined || hashes.complete) return;
    if (leaves * 32 > TREE_BYTES_MAX) return;
    const never = new AbortController().signal;
    const layer = await fetchTree(resource.tree!, length, never);
    if (layer !== undefined && hashes.addRun(0, layer)) {
      await this.#host.holdings.checkClaims(holding);
    }
  }

  /** Road 2: the playlist has the root, and the leaf layer lies beside the file. */
  async #byTree(
    request: FileRequest,
    signal: AbortSignal,
  ): Promise<Holding | undefined> {
    const { url, root, length } = request;
    if (root === undefined || length === undefined) return undefined;
    const layer = await fetchTree(treeUrl(url), length, signal);
    if (layer === undefined) return undefined;
    const holding = await this.#host.holdings.hold({
      key: root,
      length,
      trust: "root",
      ...placeOf(request, length),
    });
    if (holding.content.hashes?.addRun(0, layer) === true) {
      await this.#host.holdings.checkClaims(holding);
      return holding;
    }
    this.#host.log(
      "warn",
      "The .tree file does not belong to the media file: going on without it",
      { url },
    );
    return undefined;
  }

  /** Fetches the sidecar of an open content; false if it cannot be had or proves nothing. */
  async #tree(holding: Holding, signal: AbortSignal): Promise<boolean> {
    const { content, url } = holding;
    const layer = await fetchTree(treeUrl(url), content.length, signal);
    if (layer === undefined || content.hashes?.root === undefined) return false;
    if (!content.hashes.addRun(0, layer)) return false;
    await this.#host.holdings.checkClaims(holding);
    return true;
  }

  /** A content whose gateway is gone looks for its hashes beside the file. */
  findTree(holding: Holding, signal: AbortSignal): Promise<boolean> {
    return this.#tree(holding, signal);
  }

  /** Road 3: a plain download. */
  async #byOrigin(
    request: FileRequest,
    signal: AbortSignal,
  ): Promise<Holding> {
    const { url, length: stated } = request;
    const { length } = await probeOrigin(url, this.#host.clock, signal);
    if (stated !== undefined && stated !== length) {
      throw new AlluviumError(
        "media-changed",
        `Media file is not what the playlist says: wanted ${stated} bytes, the server has ${length}`,
        { url },
      );
    }
    this.#host.log(
      "info",
      "No gateway and no .tree file: playing straight from the origin, shared with nobody",
      { url },
    );
    return await this.#host.holdings.hold(plainSpec(request, length));
  }
}

/** A content without hashes; its key is only a name inside this program. */
export function plainSpec(request: FileRequest, length: number): ContentSpec {
  return {
    key: crypto.getRandomValues(new Uint8Array(32)).toHex(),
    length,
    trust: "none",
    ...placeOf(request, length),
  };
}

/** What a content has of the request it was opened by. */
function placeOf(request: FileRequest, length: number) {
  const { url, station } = request;
  const chunkLeaves = chunkFor(request, length);
  return { url, chunkLeaves, ...(station ? { station } : {}) };
}

/** Leaves per chunk; one where nothing is known, as for audio. */
function chunkFor(request: FileRequest, length: number): number {
  return length > 0 ? chunkLeaves(length, request.durationMs) : 1;
}

/** Where a file's leaf layer lies on its origin. */
function treeUrl(url: string): string {
  const tree = new URL(url);
  tree.pathname += SIDECAR_SUFFIX;
  return tree.href;
}

/** Whether a gateway speaks of the file that the playlist names. */
function fits(resource: Resource, { root, length }: FileRequest): boolean {
  if (root === undefined || length === undefined) return true;
  return !resource.provisional && resource.key === root &&
    resource.length === length;
}
