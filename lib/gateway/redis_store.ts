/**
 * The store in Redis, for several gateways that serve one network: what one has
 * hashed the others need not. Each gateway keeps files of its own, so the list
 * of kept files goes by the gateway's name; everything else is shared.
 *
 * | key | what |
 * | --- | --- |
 * | `PREFIX:content:ROOT` | hash: length, layer, sha256 |
 * | `PREFIX:contents` | set of roots |
 * | `PREFIX:resource:URL` | JSON |
 * | `PREFIX:resources` | sorted set of URLs by when they were checked |
 * | `PREFIX:urls:ROOT` | the same of one content; may name URLs that have another by now |
 * | `PREFIX:kept:GATEWAY` | sorted set of roots by use |
 * | `PREFIX:gateways` | set of names |
 *
 * What belongs together is written in one MULTI. Two gateways that write at the
 * same time leave at worst a URL whose content is looked up once more. While
 * Redis cannot be reached every method rejects at once, and the client goes on
 * trying to reach it: what a gateway has in memory goes on without.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createClient, RESP_TYPES } from "@redis/client";
import { AlluviumError } from "../errors.ts";
import { GATEWAY_REDIS_RETRY_MS_MAX } from "../limits.ts";
import type { Log } from "../log.ts";
import type {
  GatewayStore,
  KeptFile,
  StoredContent,
  StoredResource,
} from "./store.ts";

/** Commands sent before their answers are waited for. */
const BATCH = 1000;

/** Options of {@linkcode RedisStore.open}. */
export interface RedisStoreOptions {
  /** `redis://` or `rediss://`, with user, password and database if needed. */
  url: string;
  /** Names this gateway among those of the same Redis; the same after a restart. */
  gateway: string;
  /** Before every key. @default {"alluvium"} */
  prefix?: string;
  /** Told when Redis goes away. */
  log: Log;
}

/** A connection to Redis; only the commands used here. */
export type RedisClient = ReturnType<typeof connectClient>;

/** Makes a connection that is not open yet, and that opens itself again whenever it is lost. */
export function connectClient(url: string, log: Log) {
  let opened = false;
  const client = createClient({
    url,
    RESP: 2,
    disableOfflineQueue: true,
    socket: {
      connectTimeout: GATEWAY_REDIS_RETRY_MS_MAX,
      // A first time without success is for a person to look at.
      reconnectStrategy: (tries: number) =>
        opened &&
        Math.min(50 * 2 ** Math.min(tries, 10), GATEWAY_REDIS_RETRY_MS_MAX),
    },
  });
  let away = false;
  client.on("ready", () => {
    opened = true;
    if (away) log("info", "Redis is back");
    away = false;
  });
  client.on("error", (error: Error) => {
    if (!away) log("warn", "Redis is away", { error: error.message });
    away = true;
  });
  return client;
}

/** A {@linkcode GatewayStore} in Redis. */
export class RedisStore implements GatewayStore {
  readonly #client: RedisClient;
  readonly #prefix: string;
  readonly #gateway: string;
  readonly #place: string;

  private constructor(client: RedisClient, options: RedisStoreOptions) {
    this.#client = client;
    this.#prefix = options.prefix ?? "alluvium";
    this.#gateway = options.gateway;
    this.#place = withoutPassword(options.url);
  }

  /**
   * Connects.
   *
   * @throws {AlluviumError} `storage` if there is no Redis that takes us
   */
  static async open(options: RedisStoreOptions): Promise<RedisStore> {
    const client = connectClient(options.url, options.log);
    const store = new RedisStore(client, options);
    try {
      await store.#guarded("open", async () => {
        await client.connect();
        await client.sAdd(store.#key("gateways"), options.gateway);
      });
    } catch (error) {
      if (client.isOpen) client.destroy();
      throw error;
    }
    return store;
  }

  /** What is known of a URL. */
  resource(url: string): Promise<StoredResource | undefined> {
    return this.#guarded("read", async () => {
      const text = await this.#client.get(this.#key("resource", url));
      return text === null ? undefined : JSON.parse(text) as StoredResource;
    });
  }

  /** Remembers a URL. */
  putResource(resource: StoredResource): Promise<void> {
    const { url, root, checkedMs } = resource;
    const entry = { score: checkedMs, value: url };
    return this.#guarded("write", async () => {
      await this.#client.multi()
        .set(this.#key("resource", url), JSON.stringify(resource))
        .zAdd(this.#key("resources"), entry)
        .zAdd(this.#key("urls", root), entry)
        .exec();
    });
  }

  /** The URLs of a content, latest first. */
  urlsOf(root: string, max: number): Promise<string[]> {
    return this.#guarded("read", async () => {
      const key = this.#key("urls", root);
      // Some may have another content by now: twice as many are looked at.
      const urls = await this.#client.zRange(key, 0, 2 * max, { REV: true });
      const resources = await Promise.all(
        urls.map((url) => this.resource(url)),
      );
      return urls.filter((_, i) => resources[i]?.root === root).slice(0, max);
    });
  }

  /** What is known of a content. */
  content(root: string): Promise<StoredContent | undefined> {
    return this.#guarded("read", async () => {
      const fields = await this.#client
        .withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })
        .hGetAll(this.#key("content", root)) as Record<string, Buffer>;
      const { length, layer, sha256 } = fields;
      if (length === undefined || layer === undefined) return undefined;
      return {
        root,
        length: Number(length.toString()),
        layer: new Uint8Array(layer),
        ...(sha256 === undefined ? {} : { sha256: sha256.toString() }),
      };
    });
  }

  /** Remembers a content. */
  putContent(content: StoredContent): Promise<void> {
    const { root, length, layer, sha256 } = content;
    const fields = {
      length: String(length),
      layer: Buffer.from(layer),
      ...(sha256 === undefined ? {} : { sha256 }),
    };
    return this.#guarded("write", async () => {
      await this.#client.multi()
        .hSet(this.#key("content", root), fields)
        .sAdd(this.#key("contents"), root)
        .exec();
    });
  }

  /** All files this gateway keeps, least recently used first. */
  keptFiles(): Promise<KeptFile[]> {
    return this.#guarded("read", async () => {
      const all = await this.#client
        .zRangeWithScores(this.#key("kept", this.#gateway), 0, -1);
      const files = await Promise.all(all.map(async ({ value, score }) => {
        const key = this.#key("content", value);
        const length = await this.#client.hGet(key, "length");
        return { root: value, length: Number(length ?? NaN), usedMs: score };
      }));
      return files.filter(({ length }) => !Number.isNaN(length));
    });
  }

  /** Remembers or freshens a kept file. */
  putKept(root: string, usedMs: number): Promise<void> {
    return this.#guarded("write", async () => {
      const key = this.#key("kept", this.#gateway);
      await this.#client.zAdd(key, { score: usedMs, value: root });
    });
  }

  /** Forgets a kept file. */
  removeKept(root: string): Promise<void> {
    return this.#guarded("write", async () => {
      await this.#client.zRem(this.#key("kept", this.#gateway), root);
    });
  }

  /** Forgets the oldest URLs and what nothing refers to. */
  trim(resourcesMax: number, layerBytesMax: number): Promise<void> {
    return this.#guarded("write", async () => {
      const key = this.#key("resources");
      const count = await this.#client.zCard(key);
      const over: string[] = [];
      let bytes = 0;
      // Latest first: what no longer fits is the oldest.
      for (let from = 0; from < count; from += BATCH) {
        const last = from + BATCH - 1;
        const urls = await this.#client.zRange(key, from, last, { REV: true });
        const sizes = await Promise.all(urls.map((url) => this.#layerOf(url)));
        for (const [i, url] of urls.entries()) {
          bytes += sizes[i] ?? 0;
          const fits = from + i < resourcesMax && bytes <= layerBytesMax;
          if (!fits) over.push(url);
        }
      }
      for (let at = 0; at < over.length; at += BATCH) {
        const some = over.slice(at, at + BATCH);
        await Promise.all(some.map((url) => this.#removeResource(url)));
      }
      await this.#removeUnused();
    });
  }

  /** Ends the connection. */
  close(): Promise<void> {
    this.#client.destroy();
    return Promise.resolve();
  }

  /** Bytes of the layer of a URL's content. */
  async #layerOf(url: string): Promise<number> {
    const root = (await this.resource(url))?.root ?? "";
    const key = this.#key("content", root);
    return Number(await this.#client.hStrLen(key, "layer"));
  }

  async #removeResource(url: string): Promise<void> {
    const root = (await this.resource(url))?.root ?? "";
    await this.#client.multi()
      .del(this.#key("resource", url))
      .zRem(this.#key("resources"), url)
      .zRem(this.#key("urls", root), url)
      .exec();
  }

  async #removeUnused(): Promise<void> {
    const gateways = await this.#client.sMembers(this.#key("gateways"));
    const contents = this.#key("contents");
    for await (const roots of this.#client.sScanIterator(contents)) {
      await Promise.all(roots.map(async (root) => {
        if (await this.#isUsed(root, gateways)) return;
        await this.#client.multi()
          .del([this.#key("content", root), this.#key("urls", root)])
          .sRem(contents, root)
          .exec();
      }));
    }
  }

  async #isUsed(root: string, gateways: string[]): Promise<boolean> {
    if ((await this.urlsOf(root, 1)).length > 0) return true;
    const uses = await Promise.all(
      gateways.map((gateway) =>
        this.#client.zScore(this.#key("kept", gateway), root)
      ),
    );
    return uses.some((use) => use !== null);
  }

  #key(...names: string[]): string {
    return [this.#prefix, ...names].join(":");
  }

  async #guarded<T>(verb: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof AlluviumError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new AlluviumError(
        "storage",
        `Cannot ${verb} the gateway's store: ${why}`,
        { url: this.#place, cause: error },
      );
    }
  }
}

/** A store's address as it may be shown. */
function withoutPassword(text: string): string {
  const url = URL.parse(text);
  if (url === null) return "redis:";
  url.password = "";
  return url.href;
}
