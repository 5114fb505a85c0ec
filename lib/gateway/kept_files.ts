/**
 * The bytes a gateway keeps: what it downloaded to hash it is served again, so
 * that hashing costs the origin nothing extra. A folder with a budget:
 *
 * ```text
 * DATA/arriving/<number>.part   being downloaded; gone at the next start
 * DATA/files/<root>             whole, synced, proven before it got its name
 * ```
 *
 * Promises: never more bytes than the budget, arriving ones counted whole from
 * the start; files in use are never removed, of the others the least recently
 * used goes first; a file counts only once the store knows it, and it gets there
 * last, so a crash leaves nothing half.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import type { Clock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { GatewayStore } from "./store.ts";

/** A file's use is written down at most this often. */
const TOUCH_MS = 60_000;

/** Options of {@linkcode KeptFiles.open}. */
export interface KeptFilesOptions {
  /** The folder; made where there is none. */
  folder: string;
  /** Budget in bytes; 0 keeps nothing. */
  bytesMax: number;
  store: GatewayStore;
  clock: Clock;
  log: Log;
}

interface Kept {
  length: number;
  usedMs: number;
  /** When `usedMs` was last written down. */
  touchedMs: number;
  users: number;
}

/** The files of one folder. */
export class KeptFiles {
  readonly #options: KeptFilesOptions;
  readonly #kept = new Map<string, Kept>();
  #reserved = 0;
  #drafts = 0;

  private constructor(options: KeptFilesOptions) {
    this.#options = options;
  }

  /**
   * Opens the folder and puts it in order: what the store does not know goes,
   * what the folder has lost is forgotten.
   *
   * @throws {AlluviumError} `storage`
   */
  static async open(options: KeptFilesOptions): Promise<KeptFiles> {
    const files = new KeptFiles(options);
    await guarded(options.folder, async () => {
      await removeAll(files.#path("arriving"));
      await Deno.mkdir(files.#path("arriving"), { recursive: true });
      await Deno.mkdir(files.#path("files"), { recursive: true });
      await files.#takeStock();
    });
    return files;
  }

  /** Bytes in the folder, those still to arrive included. */
  get bytes(): number {
    let sum = this.#reserved;
    for (const { length } of this.#kept.values()) sum += length;
    return sum;
  }

  /** Whether a file is here, whole. */
  has(root: string): boolean {
    return this.#kept.has(root);
  }

  /** Where a file lies; it counts as used now. Undefined if it is not here. */
  path(root: string): string | undefined {
    const kept = this.#kept.get(root);
    if (kept === undefined) return undefined;
    const { clock, store, log } = this.#options;
    kept.usedMs = clock.now();
    if (kept.usedMs - kept.touchedMs > TOUCH_MS) {
      kept.touchedMs = kept.usedMs;
      store.putKept(root, kept.usedMs).catch((error) => {
        log("warn", "Cannot note the use of a kept file", { error });
      });
    }
    return this.#path(`files/${root}`);
  }

  /**
   * Keeps a file from being removed.
   *
   * @returns ends that; undefined if the file is not here
   */
  use(root: string): (() => void) | undefined {
    const kept = this.#kept.get(root);
    if (kept === undefined) return undefined;
    kept.users++;
    let over = false;
    return () => {
      if (!over) kept.users--;
      over = true;
    };
  }

  /**
   * Makes room for a file that is about to arrive.
   *
   * @returns undefined if the budget has no room for it
   * @throws {AlluviumError} `storage`
   */
  async draft(length: number): Promise<Draft | undefined> {
    if (!await this.#makeRoom(length)) return undefined;
    this.#reserved += length;
    const path = this.#path(`arriving/${++this.#drafts}.part`);
    try {
      const file = await guarded(
        path,
        () => Deno.open(path, { write: true, create: true, truncate: true }),
      );
      return new Draft(path, file, {
        finalPath: (root) => this.#path(`files/${root}`),
        commit: (root) => this.#commit(root, length),
        release: () => void (this.#reserved -= length),
      });
    } catch (error) {
      this.#reserved -= length;
      throw error;
    }
  }

  async #commit(root: string, length: number): Promise<void> {
    const usedMs = this.#options.clock.now();
    await this.#options.store.putKept(root, usedMs);
    const users = this.#kept.get(root)?.users ?? 0;
    this.#kept.set(root, { length, usedMs, touchedMs: usedMs, users });
  }

  async #makeRoom(length: number): Promise<boolean> {
    const { bytesMax } = this.#options;
    if (length > bytesMax) return false;
    const unused = [...this.#kept].filter(([, { users }]) => users === 0)
      .sort(([, a], [, b]) => a.usedMs - b.usedMs);
    for (const [root] of unused) {
      if (this.bytes + length <= bytesMax) break;
      await this.#remove(root);
    }
    return this.bytes + length <= bytesMax;
  }

  /** Out of the store first: a file without entry is swept, an entry without file would be a promise. */
  async #remove(root: string): Promise<void> {
    this.#kept.delete(root);
    await this.#options.store.removeKept(root);
    await removeAll(this.#path(`files/${root}`));
  }

  async #takeStock(): Promise<void> {
    const { store } = this.#options;
    for (const { root, length, usedMs } of await store.keptFiles()) {
      const info = await Deno.stat(this.#path(`files/${root}`))
        .catch(() => undefined);
      if (info?.isFile && info.size === length) {
        const touchedMs = usedMs;
        this.#kept.set(root, { length, usedMs, touchedMs, users: 0 });
      } else await store.removeKept(root);
    }
    for await (const { name } of Deno.readDir(this.#path("files"))) {
      if (!this.#kept.has(name)) await removeAll(this.#path(`files/${name}`));
    }
  }

  #path(name: string): string {
    return `${this.#options.folder}/${name}`;
  }
}

/** A file that is arriving. */
export class Draft {
  /** Where it lies now. What opens it there and then, without waiting, finds it. */
  path: string;
  /** Bytes written so far: readers may read below this. */
  written = 0;
  #over = false;

  /**
   * Takes an open file.
   *
   * @param path where it lies until it is committed
   * @param file open for writing
   * @param end what becomes of it
   */
  constructor(
    path: string,
    private readonly file: Deno.FsFile,
    private readonly end: {
      finalPath(root: string): string;
      commit(root: string): Promise<void>;
      release(): void;
    },
  ) {
    this.path = path;
  }

  /**
   * Adds the next bytes.
   *
   * @throws {AlluviumError} `storage`
   */
  async write(bytes: Uint8Array): Promise<void> {
    await guarded(this.path, async () => {
      for (let at = 0; at < bytes.length;) {
        at += await this.file.write(bytes.subarray(at));
      }
    });
    this.written += bytes.length;
  }

  /**
   * It is whole and gives this root: from now on it is a kept file. The
   * content must be in the store.
   *
   * @throws {AlluviumError} `storage`
   */
  async commit(root: string): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    try {
      try {
        await guarded(this.path, () => this.file.sync());
      } finally {
        this.file.close();
      }
      await guarded(this.path, () => this.#move(this.end.finalPath(root)));
      await this.end.commit(root);
    } finally {
      this.end.release();
    }
  }

  /** In one go, so that no one who looks for it comes between. */
  #move(to: string): Promise<void> {
    Deno.renameSync(this.path, to);
    this.path = to;
    return Promise.resolve();
  }

  /** It will not be whole: nothing is left of it. Harmless after an end. */
  async discard(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.file.close();
    this.end.release();
    await removeAll(this.path);
  }
}

async function removeAll(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function guarded<T>(
  file: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AlluviumError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new AlluviumError(
      "storage",
      `Cannot keep the file: ${why}`,
      { file, cause: error },
    );
  }
}
