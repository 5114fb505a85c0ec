/**
 * A store that forgets everything with the program: for tests, and for a
 * gateway that is to leave no trace.
 *
 * @module
 */
import type {
  GatewayStore,
  KeptFile,
  StoredContent,
  StoredResource,
} from "./store.ts";

/** A {@linkcode GatewayStore} in memory. */
export class MemoryStore implements GatewayStore {
  readonly #resources = new Map<string, StoredResource>();
  readonly #contents = new Map<string, StoredContent>();
  readonly #kept = new Map<string, number>();

  /** What is known of a URL. */
  resource(url: string): Promise<StoredResource | undefined> {
    return Promise.resolve(this.#resources.get(url));
  }

  /** Remembers a URL. */
  putResource(resource: StoredResource): Promise<void> {
    this.#resources.set(resource.url, { ...resource });
    return Promise.resolve();
  }

  /** The URLs of a content, latest first. */
  urlsOf(root: string, max: number): Promise<string[]> {
    const all = [...this.#resources.values()]
      .filter((resource) => resource.root === root)
      .sort((a, b) => b.checkedMs - a.checkedMs);
    return Promise.resolve(all.slice(0, max).map(({ url }) => url));
  }

  /** What is known of a content. */
  content(root: string): Promise<StoredContent | undefined> {
    return Promise.resolve(this.#contents.get(root));
  }

  /** Remembers a content. */
  putContent(content: StoredContent): Promise<void> {
    const known = this.#contents.get(content.root)?.sha256;
    const layer = content.layer.slice();
    this.#contents.set(content.root, {
      ...(known === undefined ? {} : { sha256: known }),
      ...content,
      layer,
    });
    return Promise.resolve();
  }

  /** All kept files, least recently used first. */
  keptFiles(): Promise<KeptFile[]> {
    const files = [...this.#kept].map(([root, usedMs]) => ({
      root,
      usedMs,
      length: this.#contents.get(root)?.length ?? 0,
    }));
    return Promise.resolve(files.sort((a, b) => a.usedMs - b.usedMs));
  }

  /** Remembers or freshens a kept file. */
  putKept(root: string, usedMs: number): Promise<void> {
    this.#kept.set(root, usedMs);
    return Promise.resolve();
  }

  /** Forgets a kept file. */
  removeKept(root: string): Promise<void> {
    this.#kept.delete(root);
    return Promise.resolve();
  }

  /** Forgets the oldest URLs and what nothing refers to. */
  trim(resourcesMax: number, layerBytesMax: number): Promise<void> {
    const latest = [...this.#resources.values()]
      .sort((a, b) => b.checkedMs - a.checkedMs);
    let bytes = 0;
    for (const [i, { url, root }] of latest.entries()) {
      bytes += this.#contents.get(root)?.layer.length ?? 0;
      const over = i >= resourcesMax || bytes > layerBytesMax;
      if (over) this.#resources.delete(url);
    }
    const used = new Set(this.#kept.keys());
    for (const { root } of this.#resources.values()) used.add(root);
    for (const root of this.#contents.keys()) {
      if (!used.has(root)) this.#contents.delete(root);
    }
    return Promise.resolve();
  }

  /** Forgets everything. */
  close(): Promise<void> {
    this.#resources.clear();
    this.#contents.clear();
    this.#kept.clear();
    return Promise.resolve();
  }
}
