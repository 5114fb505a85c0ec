/**
 * One file on disk with several reads and one write under way, each through a
 * handle of its own. Of several writes all but one would spin until the file is
 * theirs, which took half of a download's CPU time
 * (`docs/decisions/peer-transfer.md`). What is in shared memory is written by
 * the thread that hashes, while it runs. Bytes may overtake each other; what
 * must not, {@linkcode DiskFile.alone} keeps apart.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";
import { isShared, type LeafThread } from "./leaf_thread.ts";

/** Reads under way at a time: one to work, one to be woken, one to wake. */
const READ_LANES = 3;

interface Lane {
  /** Operations begun and not ended. */
  pending: number;
  /** The last of them. */
  last: Promise<unknown>;
  cursor: DiskCursor | undefined;
}

/** The file. It is made, and opened, when it is first used. */
export class DiskFile {
  readonly #writing: Lane = emptyLane();
  readonly #reading: Lane[] = Array.from({ length: READ_LANES }, emptyLane);
  /** The end of all that the thread was given. */
  #beside: Promise<unknown> = Promise.resolve();
  /** The thread is given nothing before this. */
  #free: Promise<unknown> = Promise.resolve();

  /**
   * @param path where it is; may be changed by `alone`
   * @param thread writes what is in shared memory, while it runs
   */
  constructor(public path: string, readonly thread?: LeafThread) {}

  /**
   * Writes all of `bytes`.
   *
   * @throws the system's error when the disk refuses
   */
  write(offset: number, bytes: Uint8Array): Promise<void> {
    const { thread } = this;
    if (!thread?.isRunning || !isShared(bytes)) {
      return this.#run(this.#writing, (cursor) => cursor.write(offset, bytes));
    }
    const done = this.#free.then(() => thread.write(this.path, offset, bytes));
    this.#beside = Promise.allSettled([this.#beside, done]);
    return done;
  }

  /**
   * Fills `into`.
   *
   * @throws AlluviumError `storage` when the file is shorter than that
   * @throws the system's error when the disk fails
   */
  read(offset: number, into: Uint8Array): Promise<void> {
    const lane = this.#reading.reduce((a, b) => b.pending < a.pending ? b : a);
    return this.#run(lane, (cursor) => cursor.read(offset, into));
  }

  /** Does something when all that was begun has ended, with no handle open, before anything begins again. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.settle().then(async () => {
      await this.thread?.close(this.path);
      for (const lane of this.#lanes) {
        lane.cursor?.close();
        lane.cursor = undefined;
      }
      return work();
    });
    this.#free = done.catch(() => {});
    for (const lane of this.#lanes) lane.last = this.#free;
    return done;
  }

  /** Resolves when all that was begun has ended. */
  async settle(): Promise<void> {
    await Promise.all([this.#beside, ...this.#lanes.map(({ last }) => last)]);
  }

  get #lanes(): Lane[] {
    return [this.#writing, ...this.#reading];
  }

  async #run(
    lane: Lane,
    work: (cursor: DiskCursor) => Promise<void>,
  ): Promise<void> {
    const done = lane.last.then(async () => {
      lane.cursor ??= new DiskCursor(await openFile(this.path));
      await work(lane.cursor);
    });
    lane.pending++;
    lane.last = done.catch(() => {});
    try {
      await done;
    } finally {
      lane.pending--;
    }
  }
}

function emptyLane(): Lane {
  return { pending: 0, last: Promise.resolve(), cursor: undefined };
}

/** An open file that knows where it stands, so that going on needs no seek. */
class DiskCursor {
  #at = 0;

  constructor(readonly file: Deno.FsFile) {}

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    this.#seek(offset);
    for (let done = 0; done < bytes.length;) {
      done += await this.file.write(bytes.subarray(done));
    }
    this.#at = offset + bytes.length;
  }

  async read(offset: number, into: Uint8Array): Promise<void> {
    this.#seek(offset);
    for (let done = 0; done < into.length;) {
      const count = await this.file.read(into.subarray(done));
      if (count === null) throw unreadable("a file is shorter than it was");
      done += count;
    }
    this.#at = offset + into.length;
  }

  close(): void {
    this.file.close();
  }

  /** Sets a number in the system's table: no disk is waited for. */
  #seek(offset: number): void {
    const there = this.#at === offset;
    // If what follows fails, nobody knows where the file stands.
    this.#at = -1;
    if (!there) this.file.seekSync(offset, Deno.SeekMode.Start);
  }
}

function openFile(path: string): Promise<Deno.FsFile> {
  return Deno.open(path, { create: true, read: true, write: true });
}

/** The cache is not what it was. */
export function unreadable(why: string): AlluviumError {
  return new AlluviumError("storage", `Cannot read the cache: ${why}`);
}
