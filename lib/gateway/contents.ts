/**
 * The contents in memory: by key, and by the URLs that have them. Those in the
 * store come into memory when they are asked for; those nobody takes part in
 * leave it again, least recently asked for first. Where all are taken part in
 * and fill the memory there is for them, no more are let in.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { AlluviumError } from "../errors.ts";
import { HASH_BYTES } from "../hashtree/mod.ts";
import {
  GATEWAY_CONTENTS_MAX,
  GATEWAY_RESOURCES_MAX,
  GATEWAY_STORE_LAYER_BYTES_MAX,
  GATEWAY_TREES_BYTES_MAX,
  GATEWAY_TREES_BYTES_PER_NETWORK_MAX,
} from "../limits.ts";
import type { Log } from "../log.ts";
import type { GatewayContent } from "./content.ts";
import { GatewayContent as Content, memoryOf } from "./content.ts";
import type { FileFacts } from "./media_origin.ts";
import type { GatewayStore, StoredResource } from "./store.ts";
import { growTree } from "./tree_growth.ts";

/** The store is trimmed when so much of what it may hold has been written. */
const TRIM_PART = 1 / 16;

/** A URL and the content it has. */
export interface UrlEntry {
  readonly url: string;
  content: GatewayContent;
  /** As the origin last said. */
  facts: FileFacts;
  /** When that was, in ms since the epoch. */
  checkedMs: number;
}

/** Hears of contents that change under their members. */
export interface ContentsEvents {
  /** A content is whole: it has its root as key, or is `successor`, which was there already. */
  whole(content: GatewayContent, successor: GatewayContent): void;
  /** A URL no longer has this content. */
  gone(url: string, content: GatewayContent, error: AlluviumError): void;
}

/** What contents are kept with. */
export interface ContentsTools {
  /** Where the others are. */
  store: GatewayStore;
  clock: Clock;
  log: Log;
}

/** All contents in memory. */
export class Contents {
  /** Hears of changes; set by whoever keeps the members. */
  events: ContentsEvents = { whole() {}, gone() {} };
  readonly #tools: ContentsTools;
  readonly #byKey = new Map<string, GatewayContent>();
  readonly #byUrl = new Map<string, UrlEntry>();
  readonly #loading = new Map<string, Promise<GatewayContent | undefined>>();
  #untrimmed = 0;

  /** @param tools what they are kept with */
  constructor(tools: ContentsTools) {
    this.#tools = tools;
  }

  /** Contents in memory. */
  get size(): number {
    return new Set(this.#byKey.values()).size;
  }

  /** Whether a URL, as it is written, has a content in memory. */
  has(url: string): boolean {
    return this.#byUrl.has(url);
  }

  /** What is known of a URL, in memory or in the store. */
  async byUrl(url: string): Promise<UrlEntry | undefined> {
    const known = this.#byUrl.get(url);
    if (known !== undefined) return known;
    const stored = await this.#tools.store.resource(url);
    if (stored === undefined) return undefined;
    const content = await this.byRoot(stored.root);
    if (content === undefined) return undefined;
    const { checkedMs } = stored;
    const facts = factsOf(stored, content.length);
    return this.enter({ url, content, facts, checkedMs });
  }

  /** A content by root, from memory or store, or by provisional id, from memory. */
  async byRoot(key: string): Promise<GatewayContent | undefined> {
    const known = this.byKey(key);
    if (known !== undefined) return known;
    const loading = this.#loading.get(key) ??
      this.#load(key).finally(() => this.#loading.delete(key));
    this.#loading.set(key, loading);
    return await loading;
  }

  async #load(key: string): Promise<GatewayContent | undefined> {
    const { store, clock } = this.#tools;
    const stored = await store.content(key);
    if (stored === undefined) return undefined;
    const tree = await growTree(stored.layer, stored.length, clock);
    return this.byKey(key) ?? this.#keep(Content.whole(tree, stored.sha256));
  }

  /** A content in memory; it counts as asked for now. */
  byKey(key: string): GatewayContent | undefined {
    const content = this.#byKey.get(key);
    if (content === undefined) return undefined;
    this.#byKey.delete(key);
    this.#byKey.set(key, content);
    return content;
  }

  /** A URL has a content from now on; one with the same key that is here already takes its place. */
  enter(entry: UrlEntry): UrlEntry {
    const content = this.byKey(entry.content.key) ?? this.#keep(entry.content);
    const entered = { ...entry, content };
    this.#byUrl.set(entry.url, entered);
    return entered;
  }

  /**
   * A content that was arriving is whole: it goes by its root from now on, its
   * provisional id stays valid while it is in memory.
   */
  async whole(entry: UrlEntry): Promise<void> {
    const { content, url, facts, checkedMs } = entry;
    const successor = this.byKey(content.key) ?? this.#keep(content);
    if (content.provisionalKey !== undefined) {
      this.#byKey.set(content.provisionalKey, successor);
    }
    entry.content = successor;
    this.events.whole(content, successor);
    await this.remember({ url, content: successor, facts, checkedMs });
  }

  /** Writes down what an origin said just now. */
  async remember(entry: UrlEntry): Promise<void> {
    const { url, content, facts, checkedMs } = entry;
    if (content.state.kind !== "whole") return;
    const { type, etag, lastModified } = facts;
    await this.#tools.store.putResource({
      url,
      root: content.key,
      checkedMs,
      ...(type === undefined ? {} : { type }),
      ...(etag === undefined ? {} : { etag }),
      ...(lastModified === undefined ? {} : { lastModified }),
    });
    this.#trim(content.leaves * HASH_BYTES);
  }

  /** Lets the store forget what is too much, now and then; nobody waits for it. */
  #trim(layerBytes: number): void {
    this.#untrimmed += Math.max(
      layerBytes / GATEWAY_STORE_LAYER_BYTES_MAX,
      1 / GATEWAY_RESOURCES_MAX,
    );
    if (this.#untrimmed < TRIM_PART) return;
    this.#untrimmed = 0;
    const { store, log } = this.#tools;
    store.trim(GATEWAY_RESOURCES_MAX, GATEWAY_STORE_LAYER_BYTES_MAX)
      .catch((error) => log("warn", "Cannot trim the store", { error }));
  }

  /** A URL no longer has its content. */
  retire(entry: UrlEntry, error: AlluviumError): void {
    const { url, content } = entry;
    if (this.#byUrl.get(url) === entry) this.#byUrl.delete(url);
    if (content.state.kind === "gone") this.#drop(content);
    this.events.gone(url, content, error);
  }

  /**
   * Sees that there is memory for a file that somebody is about to take part in.
   *
   * @param length bytes of the file
   * @param network of whoever brings it, if that is counted
   * @param content what is here of it already
   * @throws {AlluviumError} `busy` if what others take part in fills all there
   *   is, `too-many-requests` if what this network brought fills its share
   */
  admit(
    length: number,
    network: string | undefined,
    content?: GatewayContent,
  ): void {
    let [all, own] = [memoryOf(length), memoryOf(length)];
    for (const other of new Set(this.#byKey.values())) {
      if (other === content || !isUsed(other)) continue;
      all += memoryOf(other.length);
      if (other.broughtBy === network) own += memoryOf(other.length);
    }
    if (all > GATEWAY_TREES_BYTES_MAX) throw full("busy", "is in use");
    if (network !== undefined && own > GATEWAY_TREES_BYTES_PER_NETWORK_MAX) {
      throw full("too-many-requests", "is used up by this network");
    }
  }

  #keep(content: GatewayContent): GatewayContent {
    this.#byKey.set(content.key, content);
    this.#makeRoom(content);
    return content;
  }

  /** Lets those go that nobody takes part in, first the one that nobody has asked for the longest. */
  #makeRoom(newest: GatewayContent): void {
    const all = new Set(this.#byKey.values());
    let bytes = 0;
    for (const { length } of all) bytes += memoryOf(length);
    for (const content of all) {
      const fits = bytes <= GATEWAY_TREES_BYTES_MAX &&
        this.#byKey.size <= GATEWAY_CONTENTS_MAX;
      if (fits) return;
      if (content === newest || isUsed(content)) continue;
      this.#drop(content);
      bytes -= memoryOf(content.length);
    }
  }

  #drop(content: GatewayContent): void {
    for (const key of [content.key, content.provisionalKey]) {
      if (key !== undefined && this.#byKey.get(key) === content) {
        this.#byKey.delete(key);
      }
    }
    for (const [url, entry] of this.#byUrl) {
      if (entry.content === content) this.#byUrl.delete(url);
    }
  }
}

/** Whether a content cannot be let go. */
function isUsed({ users, provisional }: GatewayContent): boolean {
  return users > 0 || provisional;
}

function full(code: "busy" | "too-many-requests", why: string): AlluviumError {
  return new AlluviumError(
    code,
    `Cannot take another file: the memory for hash trees ${why}`,
  );
}

function factsOf(stored: StoredResource, length: number): FileFacts {
  const { type, etag, lastModified } = stored;
  return {
    length,
    ...(type === undefined ? {} : { type }),
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
  };
}
