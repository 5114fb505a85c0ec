/**
 * Goes through the files of a folder and finds out about each what the playlist
 * must say. A file that cannot be used, or read, is left out and told of; the
 * others go on.
 *
 * @module
 */
import { join } from "node:path";
import { AlluviumError, toAlluviumError } from "../errors.ts";
import { toHex } from "../hashtree/content_id.ts";
import type { LeafLayer } from "../hashtree/layer.ts";
import { SURVEY_FILES_AT_ONCE, SURVEY_STATES_AT_ONCE } from "../limits.ts";
import type { Item } from "../playlist/playlist.ts";
import type { Addresses } from "./addresses.ts";
import { knownTree, makeTree } from "./content.ts";
import { FileAccess } from "./file_access.ts";
import { HashPool } from "./hash_pool.ts";
import { readFacts } from "./media_facts.ts";
import { scanFolder } from "./scan.ts";

/** How far a survey is. */
export interface SurveyProgress {
  /** The file at hand, relative to the folder. */
  path: string;
  /** Its number, from 1. */
  index: number;
  /** How many files there are. */
  count: number;
  /** Bytes of it hashed so far. */
  done: number;
  /** All of its bytes. */
  total: number;
}

/** A file that was left out. */
export interface SkippedFile {
  /** Relative to the folder. */
  path: string;
  /** Why, as a sentence without a full stop. */
  reason: string;
}

/** What a survey may be told. */
export interface SurveyOptions {
  onProgress?: (progress: SurveyProgress) => void;
  signal?: AbortSignal;
}

/** A file and what the playlist says of it. */
export interface SurveyedFile {
  /** Relative to the folder, with `/`. */
  path: string;
  /** Without a time. */
  item: Item;
}

/** One walk through a folder. */
export class Survey {
  /** Files hashed so far. */
  hashed = 0;
  /** Files left out so far. */
  readonly skipped: SkippedFile[] = [];
  /** Files whose sidecar could not be written. */
  readonly bare: SkippedFile[] = [];
  #pool: HashPool | undefined;

  /**
   * @param folder its absolute path
   * @param known items of the last run, by their addresses
   */
  constructor(
    readonly folder: string,
    readonly addresses: Addresses,
    readonly known: ReadonlyMap<string, Item>,
    readonly options: SurveyOptions = {},
  ) {}

  /**
   * What there is to say of all media of the folder.
   *
   * @throws AlluviumError as {@linkcode scanFolder}
   * @throws the signal's reason when it aborts
   */
  async all(): Promise<SurveyedFile[]> {
    const { signal } = this.options;
    const unreadable: SkippedFile[] = [];
    const paths = await scanFolder(this.folder, {
      signal,
      onUnreadable: (path, reason) => unreadable.push({ path, reason }),
    });
    const files = await this.files(paths);
    this.skipped.push(...unreadable);
    return files;
  }

  /**
   * What there is to say of these files, in their order; those that cannot be
   * used are left out. Those that are as they were come first, many at a time:
   * nothing of them is read but their trees. Of the others several are looked at
   * at a time, since one waits for the disk while the other is measured.
   *
   * @param paths relative to the folder, with `/`
   * @throws the signal's reason when it aborts
   */
  async files(paths: readonly string[]): Promise<SurveyedFile[]> {
    using pool = new HashPool();
    this.#pool = pool;
    const items = new Array<Item | undefined>(paths.length);
    await atOnce(SURVEY_STATES_AT_ONCE, paths.keys(), async (i) => {
      items[i] = await this.#unchanged(paths[i]!);
    });
    const rest = [...paths.keys()].filter((i) => items[i] === undefined);
    await atOnce(SURVEY_FILES_AT_ONCE, rest.values(), async (i) => {
      items[i] = await this.#numbered(paths, i);
    });
    this.skipped.sort((a, b) => paths.indexOf(a.path) - paths.indexOf(b.path));
    return paths.map((path, i) => ({ path, item: items[i] }))
      .filter((file): file is SurveyedFile => file.item !== undefined);
  }

  /** What the last run found out of a file, if that still holds. */
  async #unchanged(path: string): Promise<Item | undefined> {
    this.options.signal?.throwIfAborted();
    const before = this.known.get(this.addresses.of(path));
    if (!before) return undefined;
    const file = join(this.folder, path);
    const info = await Deno.stat(file).catch(() => undefined);
    const tree = info && await knownTree(file, info);
    return tree && isSame(before, tree) ? bare(before) : undefined;
  }

  #numbered(paths: readonly string[], i: number): Promise<Item | undefined> {
    this.options.signal?.throwIfAborted();
    return this.#item(paths[i]!, {
      path: paths[i]!,
      index: i + 1,
      count: paths.length,
      done: 0,
      total: 0,
    });
  }

  async #item(
    path: string,
    progress: SurveyProgress,
  ): Promise<Item | undefined> {
    try {
      return await this.#examine(path, progress);
    } catch (error) {
      this.options.signal?.throwIfAborted();
      if (!isOwnFault(error)) throw error;
      this.skipped.push({ path, reason: error.message });
      return undefined;
    }
  }

  async #examine(path: string, progress: SurveyProgress): Promise<Item> {
    const file = join(this.folder, path);
    const info = await stateOf(file);
    const report = (bytes: number) => {
      progress.done += bytes;
      this.options.onProgress?.({ ...progress });
    };
    progress.total = info.size;
    report(0);
    const tree = await knownTree(file, info);
    using access = await FileAccess.open(file);
    const facts = await readFacts(access, file, this.options.signal);
    const content = tree ?? await this.#hash(access, path, report);
    await assertUnchanged(file, info);
    return {
      url: this.addresses.of(path),
      ...facts,
      length: content.length,
      root: toHex(content.root),
    };
  }

  async #hash(
    access: FileAccess,
    path: string,
    report: (bytes: number) => void,
  ): Promise<LeafLayer> {
    this.hashed++;
    const { unsaved, ...tree } = await makeTree(
      join(this.folder, path),
      access.size,
      this.#pool!,
      report,
      this.options.signal,
    );
    if (unsaved) this.bare.push({ path, reason: unsaved.message });
    return tree;
  }
}

/** Does something for each, so many at a time; throws what the first that fails throws, when all have ended. */
async function atOnce<T>(
  count: number,
  all: Iterator<T>,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const hand = async () => {
    for (let it = all.next(); !it.done; it = all.next()) await work(it.value);
  };
  const ends = await Promise.allSettled(Array.from({ length: count }, hand));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed) throw failed.reason;
}

/** A file that a list names may not be there, and one that was may have gone. */
async function stateOf(file: string): Promise<Deno.FileInfo> {
  try {
    return await Deno.stat(file);
  } catch (cause) {
    const reason = cause instanceof Deno.errors.NotFound
      ? "there is no such file"
      : toAlluviumError(cause).message;
    throw new AlluviumError(
      "media-rejected",
      `Cannot use the file: ${reason}`,
      { file, cause },
    );
  }
}

/** Whether it is this one file that is wrong, so that the others can go on. */
function isOwnFault(error: unknown): error is AlluviumError {
  return error instanceof AlluviumError &&
    (error.code === "media-rejected" || error.code === "storage");
}

function isSame(item: Item, tree: LeafLayer): boolean {
  return item.length === tree.length && item.root === toHex(tree.root) &&
    item.durationMs !== undefined;
}

/** An item without what its place in the playlist gave it. */
function bare(item: Item): Item {
  const { startMs: _start, about: _about, line: _line, ...rest } = item;
  return rest;
}

/** A file that is written to meanwhile would get a hash of no version of it. */
async function assertUnchanged(
  file: string,
  before: Deno.FileInfo,
): Promise<void> {
  const after = await stateOf(file);
  const same = after.size === before.size &&
    after.mtime?.getTime() === before.mtime?.getTime();
  if (same) return;
  throw new AlluviumError(
    "media-rejected",
    "Cannot use the file: it changed while it was read; run again when it is whole",
    { file },
  );
}
