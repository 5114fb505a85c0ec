/**
 * A store that may be away, as seen by a gateway that goes on: what cannot be
 * read is not known, what cannot be written is kept in memory, read from there,
 * and written when the store is back. So a gateway without its Redis still
 * hashes and introduces; only what it had forgotten before is lost.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import { GATEWAY_REDIS_RETRY_MS_MAX, GATEWAY_UNSAVED_MAX } from "../limits.ts";
import type { Log } from "../log.ts";
import { MemoryStore } from "./memory_store.ts";
import type {
  GatewayStore,
  KeptFile,
  StoredContent,
  StoredResource,
} from "./store.ts";

type Write = (store: GatewayStore) => Promise<void>;

/** A {@linkcode GatewayStore} that never rejects once it is open. */
export class PatientStore implements GatewayStore {
  /** What is written here and not there. */
  #memory = new MemoryStore();
  #unsaved: Write[] = [];
  #cancelRetry: (() => void) | undefined;
  #closed = false;

  /**
   * @param store that may be away; it says so itself
   * @param clock for trying again
   * @param log told what is given up
   */
  constructor(
    private readonly store: GatewayStore,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Writes that wait for the store. */
  get unsaved(): number {
    return this.#unsaved.length;
  }

  /** What is known of a URL. */
  async resource(url: string): Promise<StoredResource | undefined> {
    return await this.#memory.resource(url) ??
      await this.store.resource(url).catch(() => undefined);
  }

  /** Remembers a URL. */
  putResource(resource: StoredResource): Promise<void> {
    return this.#write((store) => store.putResource(resource));
  }

  /** The URLs of a content, latest first. */
  async urlsOf(root: string, max: number): Promise<string[]> {
    const here = await this.#memory.urlsOf(root, max);
    const there = await this.store.urlsOf(root, max).catch(() => []);
    return [...new Set([...here, ...there])].slice(0, max);
  }

  /** What is known of a content. */
  async content(root: string): Promise<StoredContent | undefined> {
    return await this.#memory.content(root) ??
      await this.store.content(root).catch(() => undefined);
  }

  /** Remembers a content. */
  putContent(content: StoredContent): Promise<void> {
    return this.#write((store) => store.putContent(content));
  }

  /**
   * All files this gateway keeps; asked once, at the start.
   *
   * @throws {AlluviumError} `storage`: without the list every file would be swept
   */
  keptFiles(): Promise<KeptFile[]> {
    return this.store.keptFiles();
  }

  /** Remembers or freshens a kept file. */
  putKept(root: string, usedMs: number): Promise<void> {
    return this.#write((store) => store.putKept(root, usedMs));
  }

  /** Forgets a kept file. */
  removeKept(root: string): Promise<void> {
    return this.#write((store) => store.removeKept(root));
  }

  /** Forgets the oldest URLs and what nothing refers to. */
  trim(resourcesMax: number, layerBytesMax: number): Promise<void> {
    return this.store.trim(resourcesMax, layerBytesMax);
  }

  /** Ends it; what waits is lost. */
  close(): Promise<void> {
    this.#closed = true;
    this.#cancelRetry?.();
    return this.store.close();
  }

  /** In the order in which they came. */
  async #write(write: Write): Promise<void> {
    if (this.#unsaved.length === 0) {
      try {
        return await write(this.store);
      } catch {
        // Kept below.
      }
    }
    if (this.#unsaved.length >= GATEWAY_UNSAVED_MAX) {
      this.#unsaved.shift();
      this.log("warn", "Too much waits for the store: the oldest is given up");
    }
    this.#unsaved.push(write);
    await write(this.#memory);
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#closed) return;
    this.#cancelRetry ??= this.clock.timer(GATEWAY_REDIS_RETRY_MS_MAX, () => {
      this.#cancelRetry = undefined;
      void this.#retry();
    });
  }

  async #retry(): Promise<void> {
    while (this.#unsaved.length > 0 && !this.#closed) {
      const [write] = this.#unsaved;
      try {
        await write!(this.store);
      } catch {
        return this.#retryLater(); // Still away.
      }
      if (this.#unsaved[0] === write) this.#unsaved.shift();
    }
    if (this.#unsaved.length === 0) this.#memory = new MemoryStore();
  }
}
