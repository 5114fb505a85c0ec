/**
 * The cache folder: `KEY-LENGTH.part` with the bytes of each content, and, once
 * it is closed, `KEY-LENGTH.have` with the ranges of leaves that are there. What
 * is found on start is hashed again before it counts; a part without a record was
 * left by a program that was killed, and all of it is looked at, so that nothing
 * is lost but what had not reached the system yet. Nothing is written meanwhile
 * but the media: memory cards wear out.
 *
 * Within its budget the store keeps what was used last. Contents that are open
 * are never evicted.
 *
 * @module
 */
import { leafCount } from "../hashtree/geometry.ts";
import { AlluviumError } from "../errors.ts";
import { CACHE_FOLDERS_MAX } from "../limits.ts";
import type { Log } from "../log.ts";
import { type LeafRange, LeafSet } from "../swarm/leaf_set.ts";
import type { LeafThread } from "./leaf_thread.ts";
import { StoredContent } from "./stored_content.ts";

/** Ending of files that do not outlive the program that made them. */
const TEMPORARY_SUFFIX = ".temporary";

/** Files of a program that was killed are left alone this long: it may be running. */
const LEFTOVER_AGE_MS = 24 * 3600 * 1000;

/** Settings of a store. */
export interface ChunkStoreOptions {
  /** The folder, made if missing; undefined keeps everything in memory. */
  folder: string | undefined;
  /** Bytes that contents which are not open may take. */
  budgetBytes: number;
  /** Writes what is in shared memory. */
  thread: LeafThread;
  log: Log;
}

/** The folder. */
export class ChunkStore {
  readonly #options: ChunkStoreOptions;
  #lock: Deno.FsFile | undefined;
  readonly #open = new Map<string, StoredContent>();

  private constructor(options: ChunkStoreOptions) {
    this.#options = options;
  }

  /** Opens the folder. A folder that cannot be made is a warning: memory is used. */
  static async open(options: ChunkStoreOptions): Promise<ChunkStore> {
    const { folder, log } = options;
    if (folder === undefined) return new ChunkStore(options);
    try {
      const own = await lockFolder(folder);
      await removeLeftovers(own.folder);
      const store = new ChunkStore({ ...options, folder: own.folder });
      store.#lock = own.lock;
      await store.#evict();
      return store;
    } catch (error) {
      log("warn", "Cannot use the cache folder: keeping files in memory", {
        folder,
        error: error instanceof Error ? error.message : String(error),
      });
      return new ChunkStore({ ...options, folder: undefined });
    }
  }

  /**
   * The bytes of a content, and the leaves that an earlier run may have left.
   * Those must be hashed before they count.
   */
  async content(
    key: string,
    length: number,
  ): Promise<{ stored: StoredContent; claimed: LeafRange[] }> {
    const name = `${key}-${length}`;
    const known = this.#open.get(name);
    if (known !== undefined) return { stored: known, claimed: [] };
    const { log, thread } = this.#options;
    const path = this.#path(`${name}.part`);
    const stored = new StoredContent(path, length, log, { thread });
    this.#open.set(name, stored);
    return { stored, claimed: await this.#claims(name, length) };
  }

  /** Bytes of a file that nobody can name, having no hashes: gone when closed. */
  async temporary(length: number): Promise<StoredContent> {
    const { folder, log, thread } = this.#options;
    const path = folder === undefined
      ? undefined
      : await Deno.makeTempFile({ dir: folder, suffix: TEMPORARY_SUFFIX })
        .catch(() => undefined);
    return new StoredContent(path, length, log, {
      removeOnClose: true,
      thread,
    });
  }

  /** Records which leaves of a content are held. The next thing is to release it, or to close the store. */
  async saveHave(key: string, length: number, held: LeafSet): Promise<void> {
    const name = `${key}-${length}`;
    const stored = this.#open.get(name);
    const path = this.#path(`${name}.have`);
    if (path === undefined || stored === undefined) return;
    const ranges = [...held.ranges()].map((range) => [range.from, range.until]);
    await stored.settle();
    try {
      await Deno.writeTextFile(`${path}.new`, JSON.stringify(ranges));
      await Deno.rename(`${path}.new`, path);
    } catch {
      // A full disk: the content's own warning has said so; what is not
      // recorded is looked for.
    }
  }

  /** A provisional content has its root: its file moves. */
  async rename(from: string, to: string, length: number): Promise<void> {
    const stored = this.#open.get(`${from}-${length}`);
    if (stored === undefined || from === to) return;
    const part = this.#path(`${to}-${length}.part`);
    if (part !== undefined) await stored.moveTo(part);
    this.#open.delete(`${from}-${length}`);
    this.#open.set(`${to}-${length}`, stored);
  }

  /** A content is no longer used. Evicts what is over the budget. */
  async release(key: string, length: number): Promise<void> {
    const name = `${key}-${length}`;
    await this.#open.get(name)?.close();
    this.#open.delete(name);
    await this.#evict();
  }

  /** Closes everything. */
  async close(): Promise<void> {
    for (const stored of this.#open.values()) await stored.close();
    this.#open.clear();
    await this.#evict();
    this.#lock?.close();
    this.#lock = undefined;
  }

  #path(file: string): string | undefined {
    const { folder } = this.#options;
    return folder === undefined ? undefined : `${folder}/${file}`;
  }

  /** What is recorded, else all that the file may hold; from now on nothing is recorded. */
  async #claims(name: string, length: number): Promise<LeafRange[]> {
    const path = this.#path(`${name}.have`);
    if (path === undefined) return [];
    const recorded = await readHave(path, length);
    await Deno.remove(path).catch(() => {});
    if (recorded !== undefined) return recorded;
    const { size } = await Deno.stat(this.#path(`${name}.part`)!)
      .catch(() => ({ size: 0 }));
    const until = size === 0 ? 0 : leafCount(Math.min(size, length));
    return until === 0 ? [] : [{ from: 0, until }];
  }

  async #evict(): Promise<void> {
    const { folder, budgetBytes } = this.#options;
    if (folder === undefined) return;
    const files: { name: string; bytes: number; usedMs: number }[] = [];
    for await (const entry of Deno.readDir(folder)) {
      if (!entry.name.endsWith(".part")) continue;
      const name = entry.name.slice(0, -".part".length);
      if (this.#open.has(name)) continue;
      files.push({ name, ...await usage(`${folder}/${name}`) });
    }
    files.sort((a, b) => b.usedMs - a.usedMs);
    let total = 0;
    for (const { name, bytes } of files) {
      total += bytes;
      if (total <= budgetBytes) continue;
      for (const suffix of ["part", "have"]) {
        await Deno.remove(`${folder}/${name}.${suffix}`).catch(() => {});
      }
    }
  }
}

/** The ranges in a record; undefined where it is absent, torn or not ours. */
async function readHave(
  path: string,
  length: number,
): Promise<LeafRange[] | undefined> {
  try {
    const claimed = new LeafSet(leafCount(length));
    for (const [from, until] of JSON.parse(await Deno.readTextFile(path))) {
      claimed.add(Number(from), Number(until));
    }
    return [...claimed.ranges()];
  } catch {
    return undefined;
  }
}

/** What a content's files take on disk, and when they were last written. */
async function usage(
  path: string,
): Promise<{ bytes: number; usedMs: number }> {
  let [bytes, usedMs] = [0, 0];
  for (const suffix of ["part", "have"]) {
    const info = await Deno.stat(`${path}.${suffix}`).catch(() => undefined);
    if (info === undefined) continue;
    // Sparse files take what their blocks take.
    bytes += (info.blocks ?? info.size / 512) * 512;
    usedMs = Math.max(usedMs, info.mtime?.getTime() ?? 0);
  }
  return { bytes, usedMs };
}

/**
 * Two programs must not write one cache: the second takes a folder of its own
 * beneath it, the same one each time.
 */
async function lockFolder(
  folder: string,
): Promise<{ folder: string; lock: Deno.FsFile }> {
  for (let number = 1; number <= CACHE_FOLDERS_MAX; number++) {
    const path = number === 1 ? folder : `${folder}/${number}`;
    await Deno.mkdir(path, { recursive: true });
    const lock = await Deno.open(`${path}/lock`, { create: true, write: true });
    if (await lock.tryLock(true)) return { folder: path, lock };
    lock.close();
  }
  throw new AlluviumError(
    "storage",
    `Cannot use the cache: ${CACHE_FOLDERS_MAX} programs use it already`,
    { file: folder },
  );
}

async function removeLeftovers(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(TEMPORARY_SUFFIX)) continue;
    const { mtime } = await Deno.stat(`${folder}/${name}`);
    const { atime } = await Deno.stat(folder);
    const ageMs = (atime?.getTime() ?? 0) - (mtime?.getTime() ?? 0);
    if (ageMs > LEFTOVER_AGE_MS) await Deno.remove(`${folder}/${name}`);
  }
}
