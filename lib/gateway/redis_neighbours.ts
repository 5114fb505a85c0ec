/**
 * News between gateways by Redis: changes go over one channel, and the peers of
 * each content stand in a sorted set by when they expire, for a gateway that
 * begins to follow it.
 *
 * | name | what |
 * | --- | --- |
 * | `PREFIX:news` | channel: `{ from, news }` |
 * | `PREFIX:peers:KEY` | sorted set of `GATEWAY ID`, by expiry in ms since the epoch |
 * | `PREFIX:peers:KEY:at` | hash: where each of them is, as JSON |
 *
 * While Redis is away nothing is told and nothing heard; once it is back
 * everything is said and asked again.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AlluviumError } from "../errors.ts";
import {
  GATEWAY_NEIGHBOUR_PEERS_MAX,
  GATEWAY_NEIGHBOUR_SILENCE_MS_MAX,
} from "../limits.ts";
import { RedisClaims } from "./redis_claims.ts";
import type { PeerRecord } from "./messages.ts";
import type { NeighbourEars, NeighbourNews, Neighbours } from "./neighbours.ts";
import {
  connectClient,
  type RedisClient,
  type RedisStoreOptions,
} from "./redis_store.ts";

/** News in one message. */
const BATCH = 500;

/** {@linkcode Neighbours} by Redis. */
export class RedisNeighbours implements Neighbours {
  #ears: NeighbourEars | undefined;

  private constructor(
    private readonly client: RedisClient,
    private readonly subscriber: RedisClient,
    private readonly options: RedisStoreOptions & { clock: Clock },
  ) {}

  /**
   * Connects.
   *
   * @throws {AlluviumError} `storage` if there is no Redis that takes us
   */
  static async open(
    options: RedisStoreOptions & { clock: Clock },
  ): Promise<RedisNeighbours> {
    const client = connectClient(options.url, () => {}); // The store says it.
    const subscriber = connectClient(options.url, () => {});
    const self = new RedisNeighbours(client, subscriber, options);
    try {
      await Promise.all([client.connect(), subscriber.connect()]);
      await subscriber.subscribe(self.#name("news"), (text) => {
        self.#hear(text);
      });
    } catch (cause) {
      await self.close();
      throw new AlluviumError("storage", "Cannot hear of other gateways", {
        cause,
      });
    }
    client.on("ready", () => self.#ears?.handleLoss());
    subscriber.on("ready", () => self.#ears?.handleLoss());
    return self;
  }

  /** Claims on files, over the same connection. */
  claims(): RedisClaims {
    return new RedisClaims(this.client, this.options);
  }

  /** @inheritDoc */
  listen(ears: NeighbourEars): void {
    this.#ears = ears;
  }

  /** @inheritDoc */
  tell(news: NeighbourNews[]): void {
    // What is lost is said again: when Redis is back, and at the next refresh.
    for (let at = 0; at < news.length; at += BATCH) {
      this.#tell(news.slice(at, at + BATCH)).catch(() => {});
    }
  }

  /** @inheritDoc */
  async load(key: string): Promise<PeerRecord[]> {
    const nowMs = this.options.clock.now();
    const set = this.#name("peers", key);
    const own = `${this.options.gateway} `;
    const count = 2 * GATEWAY_NEIGHBOUR_PEERS_MAX; // Half may be our own.
    try {
      const all = await this.client.zRange(set, nowMs, "+inf", {
        BY: "SCORE",
        LIMIT: { offset: 0, count },
      });
      const others = all.filter((field) => !field.startsWith(own))
        .slice(0, GATEWAY_NEIGHBOUR_PEERS_MAX);
      if (others.length === 0) return [];
      const places = await this.client.hmGet(`${set}:at`, others);
      return places.flatMap((text) => text === null ? [] : [JSON.parse(text)]);
    } catch {
      return []; // Alone is how a gateway without Redis goes on.
    }
  }

  /** @inheritDoc */
  close(): Promise<void> {
    this.#ears = undefined;
    for (const client of [this.client, this.subscriber]) {
      if (client.isOpen) client.destroy();
    }
    return Promise.resolve();
  }

  async #tell(news: NeighbourNews[]): Promise<void> {
    const { clock, gateway: from } = this.options;
    const nowMs = clock.now();
    const untilMs = nowMs + GATEWAY_NEIGHBOUR_SILENCE_MS_MAX;
    const multi = this.client.multi();
    const keys = new Set(news.map(({ key }) => this.#name("peers", key)));
    for (const key of keys) multi.zRemRangeByScore(key, 0, nowMs);
    for (const { key, id, peer } of news) {
      const set = this.#name("peers", key);
      const field = `${from} ${id}`;
      if (peer === undefined) multi.zRem(set, field).hDel(`${set}:at`, field);
      else {
        multi.zAdd(set, { score: untilMs, value: field })
          .hSet(`${set}:at`, field, JSON.stringify(peer));
      }
    }
    for (const key of keys) {
      multi.pExpire(key, GATEWAY_NEIGHBOUR_SILENCE_MS_MAX)
        .pExpire(`${key}:at`, GATEWAY_NEIGHBOUR_SILENCE_MS_MAX);
    }
    multi.publish(this.#name("news"), JSON.stringify({ from, news }));
    await multi.exec();
  }

  #hear(text: string): void {
    const { from, news } = JSON.parse(text) as {
      from: string;
      news: NeighbourNews[];
    };
    if (from !== this.options.gateway) this.#ears?.handleNews(news);
  }

  #name(...names: string[]): string {
    return [this.options.prefix ?? "alluvium", ...names].join(":");
  }
}
