/**
 * A file on disk as random access, for measuring and hashing it. Reads run one
 * after another and ahead of what is asked, since both go from start to end.
 *
 * @module
 */
import { AlluviumError, toAlluviumError } from "../errors.ts";
import type { RandomAccess } from "../media/random_access.ts";

/** Bytes per read: large enough that reading costs little beside hashing. */
const BLOCK_BYTES = 1024 * 1024;

/** An open file. Close it with `using`. */
export class FileAccess implements RandomAccess, Disposable {
  readonly size: number;
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #block: Uint8Array = new Uint8Array();
  #blockAt = 0;
  /** The read that goes on; a file has one position only. */
  #reading: Promise<unknown> = Promise.resolve();

  private constructor(path: string, file: Deno.FsFile, size: number) {
    this.#path = path;
    this.#file = file;
    this.size = size;
  }

  /**
   * Opens a file.
   *
   * @throws AlluviumError `storage` if it cannot be opened
   */
  static async open(path: string): Promise<FileAccess> {
    try {
      const file = await Deno.open(path);
      return new FileAccess(path, file, (await file.stat()).size);
    } catch (cause) {
      throw unreadable(path, cause);
    }
  }

  /** @inheritDoc */
  read(
    offset: number,
    length: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    const read = this.#reading.then(() => this.#read(offset, length, signal));
    this.#reading = read.catch(() => {}); // The reader is told; the next read may go well.
    return read;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  async #read(
    offset: number,
    length: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    signal?.throwIfAborted();
    const end = Math.min(this.size, offset + length);
    if (offset >= end) return new Uint8Array();
    const within = offset >= this.#blockAt &&
      end <= this.#blockAt + this.#block.length;
    if (!within) await this.#fill(offset, Math.max(end - offset, BLOCK_BYTES));
    const from = offset - this.#blockAt;
    // A copy: readers may keep what they are given.
    return this.#block.slice(from, from + end - offset);
  }

  async #fill(offset: number, length: number): Promise<void> {
    const block = new Uint8Array(Math.min(length, this.size - offset));
    try {
      await this.#file.seek(offset, Deno.SeekMode.Start);
      for (let at = 0; at < block.length;) {
        const read = await this.#file.read(block.subarray(at));
        if (read === null) throw cutShort(this.#path);
        at += read;
      }
    } catch (cause) {
      throw unreadable(this.#path, cause);
    }
    this.#block = block;
    this.#blockAt = offset;
  }
}

function cutShort(path: string): AlluviumError {
  return new AlluviumError(
    "storage",
    "Cannot read the file: it became shorter while it was read",
    { file: path },
  );
}

function unreadable(path: string, cause: unknown): AlluviumError {
  if (cause instanceof AlluviumError) return cause;
  return new AlluviumError(
    "storage",
    `Cannot read the file: ${toAlluviumError(cause).message}`,
    { file: path, cause },
  );
}
