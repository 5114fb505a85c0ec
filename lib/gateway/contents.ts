/**
 * The contents in memory: by key, and by the URLs that have them. Those in the
 * store come into memory when they are asked for; those nobody takes part in
 * leave it again, least recently asked for first.
 *
 * @module
 */
import type { AlluviumError } from "../errors.ts";
import { HashTree } from "../hashtree/mod.ts";
import { GATEWAY_CONTENTS_MAX } from "../limits.ts";
import type { GatewayContent } from "./content.ts";
import { GatewayContent as Content } from "./content.ts";
import type { FileFacts } from "./media_origin.ts";
import type { GatewayStore, StoredResource } from "./store.ts";

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

/** All contents in memory. */
export class Contents {
  /** Hears of changes; set by whoever keeps the members. */
  events: ContentsEvents = { whole() {}, gone() {} };
  readonly #store: GatewayStore;
  readonly #byKey = new Map<string, GatewayContent>();
  readonly #byUrl = new Map<string, UrlEntry>();

  /** @param store where the others are */
  constructor(store: GatewayStore) {
    this.#store = store;
  }

  /** Contents in memory. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Whether a URL, as it is written, has a content in memory. */
  has(url: string): boolean {
    return this.#byUrl.has(url);
  }

  /** What is known of a URL, in memory or in the store. */
  async byUrl(url: string): Promise<UrlEntry | undefined> {
    const known = this.#byUrl.get(url);
    if (known !== undefined) return known;
    const stored = await this.#store.resource(url);
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
    const stored = await this.#store.content(key);
    if (stored === undefined) return undefined;
    const tree = new HashTree(stored.layer, stored.length);
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
    await this.#store.putResource({
      url,
      root: content.key,
      checkedMs,
      ...(type === undefined ? {} : { type }),
      ...(etag === undefined ? {} : { etag }),
      ...(lastModified === undefined ? {} : { lastModified }),
    });
  }

  /** A URL no longer has its content. */
  retire(entry: UrlEntry, error: AlluviumError): void {
    const { url, content } = entry;
    if (this.#byUrl.get(url) === entry) this.#byUrl.delete(url);
    if (content.state.kind === "gone") this.#drop(content);
    this.events.gone(url, content, error);
  }

  #keep(content: GatewayContent): GatewayContent {
    this.#byKey.set(content.key, content);
    if (this.#byKey.size > GATEWAY_CONTENTS_MAX) this.#evict();
    return content;
  }

  /** Lets the one go that nobody has asked for the longest. */
  #evict(): void {
    for (const content of this.#byKey.values()) {
      if (content.users > 0 || content.provisional) continue;
      this.#drop(content);
      return;
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

function factsOf(stored: StoredResource, length: number): FileFacts {
  const { type, etag, lastModified } = stored;
  return {
    length,
    ...(type === undefined ? {} : { type }),
    ...(etag === undefined ? {} : { etag }),
    ...(lastModified === undefined ? {} : { lastModified }),
  };
}
