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
import { AlluviumError } from "../errors.ts";
import type { Log } from "../log.ts";

/** Leaves of one content. */
export class StoredContent {
  /** Leaves not on disk (yet), by number. */
  readonly #inMemory = new Map<number, Uint8Array>();
  #queue: Promise<unknown> = Promise.resolve();
  #file: Deno.FsFile | undefined;
  #closed = false;

  /**
   * @param path the file; undefined keeps everything in memory
   * @param length bytes of the content
   * @param options `removeOnClose`: the file does not outlive this object
   */
  constructor(
    readonly path: string | undefined,
    readonly length: number,
    readonly log: Log,
    readonly options: { removeOnClose?: boolean } = {},
  ) {}

  /** Keeps whole leaves from leaf `from` on. Returns at once. */
  write(from: number, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += LEAF_BYTES) {
      const leaf = bytes.slice(at, at + LEAF_BYTES);
      this.#inMemory.set(from + at / LEAF_BYTES, leaf);
    }
    if (this.path === undefined) return;
    const count = Math.ceil(bytes.length / LEAF_BYTES);
    this.#inOrder(() => this.#flush(from, count));
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
    for (let at = offset; at < end;) {
      const leaf = Math.floor(at / LEAF_BYTES);
      const held = this.#inMemory.get(leaf);
      const stop = held === undefined
        ? this.#diskEnd(leaf, end)
        : Math.min(end, (leaf + 1) * LEAF_BYTES);
      if (held === undefined) {
        await this.#inOrder(() => this.#readDisk(out, at - offset, at, stop));
      } else {
        const start = leaf * LEAF_BYTES;
        out.set(held.subarray(at - start, stop - start), at - offset);
      }
      at = stop;
    }
    return out;
  }

  /** Waits for the disk and lets the file go. Harmless when closed already. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#inOrder(async () => {
      this.#file?.close();
      this.#file = undefined;
      if (this.options.removeOnClose && this.path !== undefined) {
        await Deno.remove(this.path).catch(() => {});
      }
    });
  }

  /** Waits until everything written so far is on disk, or known not to go there. */
  settle(): Promise<void> {
    return this.#inOrder(() => Promise.resolve());
  }

  /** Up to where leaves from `leaf` on are on disk, `end` at most. */
  #diskEnd(leaf: number, end: number): number {
    let stop = leaf + 1;
    while (stop * LEAF_BYTES < end && !this.#inMemory.has(stop)) stop++;
    return Math.min(end, stop * LEAF_BYTES);
  }

  async #flush(from: number, count: number): Promise<void> {
    const leaves: Uint8Array[] = [];
    for (let leaf = from; leaf < from + count; leaf++) {
      const bytes = this.#inMemory.get(leaf);
      if (bytes !== undefined) leaves.push(bytes);
    }
    if (leaves.length !== count) return;
    try {
      await this.#writeDisk(from * LEAF_BYTES, leaves);
    } catch (error) {
      this.#warn(error);
      return;
    }
    for (let leaf = from; leaf < from + count; leaf++) {
      this.#inMemory.delete(leaf);
    }
  }

  async #writeDisk(offset: number, leaves: Uint8Array[]): Promise<void> {
    const file = await this.#open();
    await file.seek(offset, Deno.SeekMode.Start);
    for (const leaf of leaves) {
      for (let at = 0; at < leaf.length;) {
        at += await file.write(leaf.subarray(at));
      }
    }
  }

  async #readDisk(
    out: Uint8Array,
    outAt: number,
    offset: number,
    end: number,
  ): Promise<void> {
    const file = await this.#open();
    await file.seek(offset, Deno.SeekMode.Start);
    const part = out.subarray(outAt, outAt + end - offset);
    for (let at = 0; at < part.length;) {
      const count = await file.read(part.subarray(at));
      if (count === null) {
        throw new Error(`Cannot read ${this.path}: too short`);
      }
      at += count;
    }
  }

  async #open(): Promise<Deno.FsFile> {
    this.#file ??= await Deno.open(this.path!, {
      create: true,
      read: true,
      write: true,
    });
    return this.#file;
  }

  /** One disk operation after the other: they share the file's position. */
  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => {});
    return done;
  }

  #warned = false;

  #warn(error: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    this.log("warn", "Cannot write to the cache: keeping the file in memory", {
      path: this.path,
      error: error instanceof Error ? error.message : String(error),
    });
  }
}

function tooShort(file: string): AlluviumError {
  return new AlluviumError(
    "storage",
    "Cannot read the cache: the file is shorter than it was",
    { file },
  );
}
