/**
 * The bytes of one content on disk: one file, as long as the content, sparse
 * until its leaves arrive. What was written can be read at once, whether or not
 * the disk has it yet. When the disk refuses (full, gone, read-only) the bytes
 * stay in memory, the log says so once, and the listener plays on.
 *
 * Which leaves are held is the engine's knowledge; this file only keeps bytes.
 *
 * @module
 */
import { LEAF_BYTES } from "../hashtree/geometry.ts";
import type { Log } from "../log.ts";
import { DiskFile, unreadable } from "./disk_file.ts";
import type { LeafThread } from "./leaf_thread.ts";

/** Bytes copied at a time. */
const COPY_BYTES = 1024 * 1024;

/** Leaves of one content. */
export class StoredContent {
  /** Leaves not on disk (yet), by number. */
  readonly #inMemory = new Map<number, Uint8Array>();
  /** Undefined keeps everything in memory. */
  readonly #disk: DiskFile | undefined;
  /** Once it is there nothing new is begun; what was begun is still done. */
  #closed: Promise<void> | undefined;
  #warned = false;

  /**
   * @param path the file; undefined keeps everything in memory
   * @param length bytes of the content
   * @param options `removeOnClose`: the file does not outlive this object;
   *   `thread` writes what is in shared memory
   */
  constructor(
    path: string | undefined,
    readonly length: number,
    readonly log: Log,
    readonly options: { removeOnClose?: boolean; thread?: LeafThread } = {},
  ) {
    this.#disk = path === undefined
      ? undefined
      : new DiskFile(path, options.thread);
  }

  /** Where the file is; undefined where everything is in memory. */
  get path(): string | undefined {
    return this.#disk?.path;
  }

  /**
   * Moves the file once what was written so far is there. What cannot be moved
   * stays where it is and goes on being used.
   *
   * @param path its new place, in the same folder
   */
  async moveTo(path: string): Promise<void> {
    const disk = this.#disk;
    // Windows moves no file that is open; the next use opens it again.
    await disk?.alone(async () => {
      const isMoved = await Deno.rename(disk.path, path).then(
        () => true,
        (error) => error instanceof Deno.errors.NotFound, // nothing written yet
      );
      if (isMoved) disk.path = path;
    });
  }

  /**
   * Keeps whole leaves from leaf `from` on: they can be read at once.
   *
   * @param bytes the caller does not touch them before the answer
   * @returns once they are on disk, or copied where they stay in memory
   */
  async write(from: number, bytes: Uint8Array): Promise<void> {
    if (this.#closed !== undefined) return;
    const leaves = new Map<number, Uint8Array>();
    for (let at = 0; at < bytes.length; at += LEAF_BYTES) {
      leaves.set(from + at / LEAF_BYTES, bytes.subarray(at, at + LEAF_BYTES));
    }
    for (const [leaf, view] of leaves) this.#inMemory.set(leaf, view);
    const disk = this.#disk;
    if (disk !== undefined && await this.#flush(disk, bytes, leaves)) return;
    for (const [leaf, view] of leaves) {
      // A view would keep all that it was read with.
      if (this.#isStill(leaf, view)) this.#inMemory.set(leaf, view.slice());
    }
  }

  /**
   * Reads bytes that were written before.
   *
   * @throws AlluviumError `storage` when the file is shorter than it was
   * @throws the system's error when the disk fails
   */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const end = Math.min(offset + length, this.length);
    const out = new Uint8Array(Math.max(0, end - offset));
    await this.readInto(offset, out);
    return out;
  }

  /**
   * As {@linkcode StoredContent.read}, into bytes of the caller's.
   *
   * @param out filled to its end, which does not lie past the content's
   */
  async readInto(offset: number, out: Uint8Array): Promise<void> {
    const end = offset + out.length;
    for (let at = offset; at < end;) {
      const leaf = Math.floor(at / LEAF_BYTES);
      const held = this.#inMemory.get(leaf);
      const stop = held === undefined
        ? this.#diskEnd(leaf, end)
        : Math.min(end, (leaf + 1) * LEAF_BYTES);
      if (held === undefined) {
        if (this.#closed !== undefined) throw unreadable("the file was closed");
        await this.#disk?.read(at, out.subarray(at - offset, stop - offset));
      } else {
        const start = leaf * LEAF_BYTES;
        out.set(held.subarray(at - start, stop - start), at - offset);
      }
      at = stop;
    }
  }

  /**
   * Gives the bytes, which must all be here, another name besides: where the disk
   * allows it both mean one file, else it is copied. A half file never has it.
   *
   * @throws the system's error where it cannot be written
   * @throws the signal's reason when it aborts
   */
  async saveAs(path: string, signal: AbortSignal): Promise<void> {
    await this.settle();
    const part = `${path}.part`;
    await Deno.remove(part).catch(() => {}); // what an earlier try left
    const isLinked = this.path !== undefined && this.#inMemory.size === 0 &&
      await Deno.link(this.path, part).then(() => true, () => false);
    if (!isLinked) await this.#copyTo(part, signal);
    await Deno.rename(part, path);
  }

  /** Waits for the disk and lets the file go. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    const disk = this.#disk;
    await disk?.alone(async () => {
      if (!this.options.removeOnClose) return;
      await Deno.remove(disk.path).catch(() => {});
    });
    this.#inMemory.clear();
  }

  /** Waits until everything written so far is on disk, or known not to go there. */
  async settle(): Promise<void> {
    await this.#disk?.settle();
  }

  async #copyTo(path: string, signal: AbortSignal): Promise<void> {
    using out = await Deno.open(path, { write: true, create: true });
    for (let at = 0; at < this.length; at += COPY_BYTES) {
      signal.throwIfAborted();
      const bytes = await this.read(at, COPY_BYTES);
      for (let done = 0; done < bytes.length;) {
        done += await out.write(bytes.subarray(done));
      }
    }
  }

  /** Up to where leaves from `leaf` on are on disk, `end` at most. */
  #diskEnd(leaf: number, end: number): number {
    let stop = leaf + 1;
    while (stop * LEAF_BYTES < end && !this.#inMemory.has(stop)) stop++;
    return Math.min(end, stop * LEAF_BYTES);
  }

  /** Whether nothing came after it. */
  #isStill(leaf: number, view: Uint8Array): boolean {
    return this.#inMemory.get(leaf) === view;
  }

  /** Returns whether they are on disk. */
  async #flush(
    disk: DiskFile,
    bytes: Uint8Array,
    leaves: Map<number, Uint8Array>,
  ): Promise<boolean> {
    const [from = 0] = leaves.keys();
    try {
      await disk.write(from * LEAF_BYTES, bytes);
      for (const [leaf, view] of leaves) {
        if (this.#isStill(leaf, view)) this.#inMemory.delete(leaf);
      }
      return true;
    } catch (error) {
      this.#warn(error);
      return false;
    }
  }

  #warn(error: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    this.log("warn", "Cannot write to the cache: keeping the file in memory", {
      path: this.path,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}
