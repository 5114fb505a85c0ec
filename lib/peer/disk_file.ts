/**
 * One file on disk with several operations under way, each through a handle of
 * its own: between two writes a single handle would wait for two threads to be
 * woken, which on a busy machine takes longer than the writing. Bytes may
 * overtake each other; what must not, {@linkcode DiskFile.alone} keeps apart.
 *
 * @module
 */
import { AlluviumError } from "../errors.ts";

/** Operations under way at a time: two to work, one to be woken, one to wake. */
const LANES = 4;

interface Lane {
  /** Operations begun and not ended. */
  pending: number;
  /** The last of them. */
  last: Promise<unknown>;
  cursor: DiskCursor | undefined;
}

/** The file. It is made, and opened, when it is first used. */
export class DiskFile {
  readonly #lanes: Lane[] = Array.from({ length: LANES }, () => ({
    pending: 0,
    last: Promise.resolve(),
    cursor: undefined,
  }));

  /** @param path where it is; may be changed by `alone` */
  constructor(public path: string) {}

  /**
   * Writes all of `bytes`.
   *
   * @throws the system's error when the disk refuses
   */
  write(offset: number, bytes: Uint8Array): Promise<void> {
    return this.#run((cursor) => cursor.write(offset, bytes));
  }

  /**
   * Fills `into`.
   *
   * @throws AlluviumError `storage` when the file is shorter than that
   * @throws the system's error when the disk fails
   */
  read(offset: number, into: Uint8Array): Promise<void> {
    return this.#run((cursor) => cursor.read(offset, into));
  }

  /** Does something when all that was begun has ended, with no handle open, before anything begins again. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const before = Promise.all(this.#lanes.map(({ last }) => last));
    const done = before.then(() => {
      for (const lane of this.#lanes) {
        lane.cursor?.close();
        lane.cursor = undefined;
      }
      return work();
    });
    for (const lane of this.#lanes) lane.last = done.catch(() => {});
    return done;
  }

  /** Resolves when all that was begun has ended. */
  async settle(): Promise<void> {
    await Promise.all(this.#lanes.map(({ last }) => last));
  }

  async #run(work: (cursor: DiskCursor) => Promise<void>): Promise<void> {
    const lane = this.#lanes.reduce((a, b) => b.pending < a.pending ? b : a);
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
